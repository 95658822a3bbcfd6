//! Runs the program `reader` as a reader would, against books and mirrors that
//! the tests make.

#[cfg(unix)]
mod blessing;
mod book;
mod data;
mod exercises;
#[cfg(unix)]
mod export;
mod html;
#[cfg(unix)]
mod live;
mod mirror;
mod pages;
mod serving;
#[cfg(unix)]
mod timing;
mod together;
