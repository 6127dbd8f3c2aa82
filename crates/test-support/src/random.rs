//! Numbers from a seed.

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Of a seed, from 1.
    pub fn of(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed.max(1)))
    }

    /// In this state, which is not 0.
    pub fn of_state(state: u64) -> Self {
        Self(state)
    }

    /// A number below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        high as usize % limit.max(1)
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// Where there are none.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}
