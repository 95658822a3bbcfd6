//! Things below each other, each as near as can be to where it should be.

/// What one thing needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    pub(crate) wanted: f64,
    pub(crate) above: f64,
    pub(crate) below: f64,
    /// How much its distance from where it should be counts.
    pub(crate) weight: f64,
}

/// Where things stand, in their order, so that none reaches into the next one,
/// and the sum of the squares of their distances is the least.
pub(crate) fn spread(needs: &[Need]) -> Vec<f64> {
    // Neighbours that want to pass each other are pooled at their mean.
    struct Pool {
        sum: f64,
        weight: f64,
        count: usize,
    }
    let mut offsets = Vec::with_capacity(needs.len());
    let mut pools: Vec<Pool> = Vec::new();
    let mut offset = 0.0;
    for (index, need) in needs.iter().enumerate() {
        if index > 0 {
            offset += needs[index - 1].below + need.above;
        }
        offsets.push(offset);
        let mut pool = Pool {
            sum: (need.wanted - offset) * need.weight,
            weight: need.weight,
            count: 1,
        };
        while let Some(last) = pools.pop() {
            if last.sum / last.weight < pool.sum / pool.weight {
                pools.push(last);
                break;
            }
            pool = Pool {
                sum: last.sum + pool.sum,
                weight: last.weight + pool.weight,
                count: last.count + pool.count,
            };
        }
        pools.push(pool);
    }
    let means = pools.iter().flat_map(|pool| {
        std::iter::repeat_n(pool.sum / pool.weight, pool.count)
    });
    means
        .zip(offsets)
        .map(|(mean, offset)| mean + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_spread(wanted: &[f64], expected: &[f64]) {
        let needs: Vec<Need> = wanted
            .iter()
            .map(|&wanted| Need {
                wanted,
                above: 5.0,
                below: 5.0,
                weight: 1.0,
            })
            .collect();
        assert_eq!(spread(&needs), expected, "{wanted:?}");
    }

    #[test]
    fn neighbours_part_by_as_little_as_they_must() {
        assert_spread(&[], &[]);
        assert_spread(&[3.0], &[3.0]);
        assert_spread(&[0.0, 20.0], &[0.0, 20.0]);
        assert_spread(&[0.0, 0.0], &[-5.0, 5.0]);
        assert_spread(&[0.0, 0.0, 0.0], &[-10.0, 0.0, 10.0]);
        assert_spread(&[0.0, 4.0, 40.0], &[-3.0, 7.0, 40.0]);
    }
}
