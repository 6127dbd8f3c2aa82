//! Finds the sequence of colours: A* within a budget, a beam search beyond it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::Bits;
use super::bound::Bound;
use super::graph::{Colour, Graph};
use super::settle::settle;

/// Words of bits that the exact search may touch; about a tenth of a second.
const BUDGET: usize = 150_000_000;
/// States that the exact search may keep, whatever the size.
const MOST_STATES: usize = 60_000;
/// States that the beam keeps of each depth.
const BEAM: usize = 48;

/// An order of the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The nodes by their original numbers.
    pub sequence: Vec<usize>,
    /// Changes of colour along it.
    pub switches: usize,
    /// No order has fewer. Equal to `switches` where the minimum is certain.
    pub at_least: usize,
}

/// The order with the fewest switches, among those the one closest to the original that is found.
///
/// An original that is at its minimum comes back as it is.
pub fn arrange(graph: &Graph) -> Order {
    arrange_within(graph, BUDGET)
}

/// [`arrange`] with another budget for the exact search.
pub(super) fn arrange_within(graph: &Graph, budget: usize) -> Order {
    let original: Vec<usize> = (0..graph.len()).collect();
    let unchanged = graph.switches(&original);
    let mut search = Search::new(graph);
    let (colours, at_least) = search.exact(budget);
    let colours = colours.unwrap_or_else(|| search.beam());
    if unchanged < colours.len() || unchanged <= at_least {
        return Order { sequence: original, switches: unchanged, at_least };
    }
    let sequence = if unchanged == colours.len() { original } else { settle(graph, &colours) };
    let switches = graph.switches(&sequence);
    Order { sequence, switches, at_least }
}

/// What is done, and what led to it.
struct State {
    done: Bits,
    current: Colour,
    switches: usize,
    parent: Option<usize>,
}

struct Search<'a> {
    graph: &'a Graph,
    bound: Bound,
    states: Vec<State>,
    /// States by their colour, for dominance.
    by_colour: Vec<Vec<usize>>,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph) -> Self {
        let by_colour = vec![Vec::new(); graph.palette()];
        Self { graph, bound: Bound::of(graph), states: Vec::new(), by_colour }
    }

    /// The colours to switch to, in order, if the budget is enough; and the least switches of any order.
    fn exact(&mut self, budget: usize) -> (Option<Vec<Colour>>, usize) {
        let words = self.graph.len() * self.graph.len().div_ceil(64) + 1;
        let most = (budget / words / self.graph.palette()).clamp(1, MOST_STATES);
        let first = self.first();
        let mut open = BinaryHeap::new();
        let estimate = self.bound.remaining(self.graph, &first.done, first.current);
        open.push((Reverse(estimate), first.done.len(), Reverse(self.keep(first))));
        let mut at_least = 0;
        while let Some((Reverse(estimate), _, Reverse(index))) = open.pop() {
            // Estimates never exceed the truth, so the least of them is a bound for all orders.
            at_least = at_least.max(estimate);
            if self.is_complete(index) {
                return (Some(self.colours(index)), estimate);
            }
            if self.states.len() >= most {
                return (None, at_least);
            }
            for next in self.steps(index) {
                if self.is_dominated(&next) {
                    continue;
                }
                let remaining = self.bound.remaining(self.graph, &next.done, next.current);
                let key = (Reverse(next.switches + remaining), next.done.len());
                open.push((key.0, key.1, Reverse(self.keep(next))));
            }
        }
        unreachable!("switching to the colour of the first node that is not done always leads on")
    }

    /// A sequence of colours that does everything, the best that a beam finds.
    fn beam(&mut self) -> Vec<Colour> {
        self.states.clear();
        let first = self.first();
        let mut level = vec![self.keep(first)];
        loop {
            if let Some(&index) = level.iter().find(|&&index| self.is_complete(index)) {
                return self.colours(index);
            }
            let mut next: Vec<(usize, Reverse<usize>, State)> = Vec::new();
            for &index in &level {
                for state in self.steps(index) {
                    let remaining = self.bound.remaining(self.graph, &state.done, state.current);
                    next.push((remaining, Reverse(state.done.len()), state));
                }
            }
            next.sort_by_key(|(remaining, done, _)| (*remaining, *done));
            level.clear();
            // Dominated by a state of this level: one of an earlier level may have lost its successors.
            self.by_colour.iter_mut().for_each(Vec::clear);
            for (_, _, state) in next {
                if level.len() < BEAM && !self.is_dominated(&state) {
                    level.push(self.keep(state));
                }
            }
        }
    }

    fn first(&self) -> State {
        let mut done = Bits::none(self.graph.len());
        self.graph.exhaust(&mut done, self.graph.start());
        State { done, current: self.graph.start(), switches: 0, parent: None }
    }

    /// The states behind one, one for each colour that has something to do.
    fn steps(&self, index: usize) -> Vec<State> {
        let state = &self.states[index];
        let mut useful = vec![false; self.graph.palette()];
        for node in 0..self.graph.len() {
            if let Some(colour) = self.graph.colour(node)
                && !state.done.contains(node)
                && self.graph.is_available(node, &state.done)
            {
                useful[colour] = true;
            }
        }
        if state.done.len() == self.graph.len() {
            useful[self.graph.end()] = true;
        }
        useful[state.current] = false;
        let colours = (0..useful.len()).filter(|&colour| useful[colour]);
        colours
            .map(|current| {
                let mut done = state.done.clone();
                self.graph.exhaust(&mut done, current);
                State { done, current, switches: state.switches + 1, parent: Some(index) }
            })
            .collect()
    }

    fn is_complete(&self, index: usize) -> bool {
        let state = &self.states[index];
        state.current == self.graph.end() && state.done.len() == self.graph.len()
    }

    /// Whether another state has done at least as much with as few switches. One switch more makes up
    /// for another colour, but for the last one: that switch is the state itself.
    fn is_dominated(&self, state: &State) -> bool {
        if state.done.len() == self.graph.len() {
            return false;
        }
        self.by_colour.iter().enumerate().any(|(colour, indices)| {
            let extra = usize::from(colour != state.current);
            indices.iter().any(|&other| {
                let other = &self.states[other];
                other.switches + extra <= state.switches && state.done.is_within(&other.done)
            })
        })
    }

    fn keep(&mut self, state: State) -> usize {
        let index = self.states.len();
        self.by_colour[state.current].push(index);
        self.states.push(state);
        index
    }

    /// The colours that were switched to on the way to a state.
    fn colours(&self, index: usize) -> Vec<Colour> {
        let mut colours = Vec::new();
        let mut at = index;
        while let Some(parent) = self.states[at].parent {
            colours.push(self.states[at].current);
            at = parent;
        }
        colours.reverse();
        colours
    }
}
