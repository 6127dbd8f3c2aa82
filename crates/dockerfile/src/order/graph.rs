//! What is to be ordered.

use super::bits::Bits;

/// A colour; the caller knows what it stands for.
pub type Colour = usize;

/// Nodes `0..n` in their original order, which is a possible one: edges only lead forward.
#[derive(Debug, Clone)]
pub struct Graph {
    colours: Vec<Option<Colour>>,
    before: Vec<Bits>,
    start: Colour,
    end: Colour,
}

impl Graph {
    /// Nodes with these colours and no edges.
    pub fn new(colours: Vec<Option<Colour>>, start: Colour, end: Colour) -> Self {
        let before = vec![Bits::none(colours.len()); colours.len()];
        Self { colours, before, start, end }
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
        self.colours.len()
    }

    /// The colour of a node.
    pub fn colour(&self, node: usize) -> Option<Colour> {
        self.colours[node]
    }

    /// The colour in front of the first node.
    pub fn start(&self) -> Colour {
        self.start
    }

    /// The colour behind the last node.
    pub fn end(&self) -> Colour {
        self.end
    }

    /// One more than the highest colour.
    pub(super) fn palette(&self) -> usize {
        let highest = self.colours.iter().flatten().copied().max().unwrap_or(0);
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

    /// Does all that the current colour can do. One pass is enough, because edges only lead forward.
    pub(super) fn exhaust(&self, done: &mut Bits, current: Colour) {
        for node in 0..self.len() {
            let fits = self.colours[node].is_none_or(|colour| colour == current);
            if fits && !done.contains(node) && self.is_available(node, done) {
                done.insert(node);
            }
        }
    }

    /// Changes of colour along an order, from the start to the end.
    pub fn switches(&self, order: &[usize]) -> usize {
        let coloured = order.iter().filter_map(|&node| self.colours[node]);
        let mut current = self.start;
        let mut switches = 0;
        for colour in coloured.chain([self.end]) {
            switches += usize::from(colour != current);
            current = colour;
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
