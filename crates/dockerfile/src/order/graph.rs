//! What is to be ordered.

use super::bits::Bits;

/// A user id; the caller knows what it stands for.
pub type UserId = usize;

/// Nodes `0..n` in their original order, which is a possible one: edges only lead forward.
#[derive(Debug, Clone)]
pub struct Graph {
    user_ids: Vec<Option<UserId>>,
    before: Vec<Bits>,
    start: UserId,
    end: UserId,
}

impl Graph {
    /// Nodes with these user ids and no edges.
    pub fn new(user_ids: Vec<Option<UserId>>, start: UserId, end: UserId) -> Self {
        let before = vec![Bits::none(user_ids.len()); user_ids.len()];
        Self { user_ids, before, start, end }
    }

    /// `first` must stay before `second`.
    ///
    /// # Panics
    ///
    /// Where `first` does not stand before `second` in the original order.
    pub fn edge(&mut self, first: usize, second: usize) {
        assert!(first < second, "edges lead forward: {first} -> {second}");
        self.before[second].insert(first);
    }

    /// Whether `first` must stay before `second`, by an edge of its own.
    pub fn has_edge(&self, first: usize, second: usize) -> bool {
        self.before[second].contains(first)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.user_ids.len()
    }

    /// The user id of a node.
    pub fn user_id(&self, node: usize) -> Option<UserId> {
        self.user_ids[node]
    }

    /// The user id in front of the first node.
    pub fn start(&self) -> UserId {
        self.start
    }

    /// The user id behind the last node.
    pub fn end(&self) -> UserId {
        self.end
    }

    /// One more than the highest user id.
    pub(super) fn user_id_count(&self) -> usize {
        let highest = self.user_ids.iter().flatten().copied().max().unwrap_or(0);
        highest.max(self.start).max(self.end) + 1
    }

    /// Whether all that must stand before `node` is in `done`.
    pub(super) fn is_available(&self, node: usize, done: &Bits) -> bool {
        self.before[node].is_within(done)
    }

    /// The nodes that must stay behind each node, by edges of their own.
    pub(super) fn successors(&self) -> Vec<Vec<usize>> {
        let mut after = vec![Vec::new(); self.len()];
        for second in 0..self.len() {
            for (first, after) in after.iter_mut().enumerate().take(second) {
                if self.has_edge(first, second) {
                    after.push(second);
                }
            }
        }
        after
    }

    /// Does all that the current user id can do. One pass is enough, because edges only lead forward.
    pub(super) fn exhaust(&self, done: &mut Bits, current: UserId) {
        for node in 0..self.len() {
            let fits = self.user_ids[node].is_none_or(|user_id| user_id == current);
            if fits && !done.contains(node) && self.is_available(node, done) {
                done.insert(node);
            }
        }
    }

    /// Changes of user id along an order, from the start to the end.
    pub fn switches(&self, order: &[usize]) -> usize {
        let user_ided = order.iter().filter_map(|&node| self.user_ids[node]);
        let mut current = self.start;
        let mut switches = 0;
        for user_id in user_ided.chain([self.end]) {
            switches += usize::from(user_id != current);
            current = user_id;
        }
        switches
    }

    /// Whether an order has every node once and keeps all edges.
    #[cfg(test)]
    pub fn allows(&self, order: &[usize]) -> bool {
        let mut done = Bits::none(self.len());
        for &node in order {
            if node >= self.len() || done.contains(node) || !self.is_available(node, &done) {
                return false;
            }
            done.insert(node);
        }
        order.len() == self.len()
    }
}
