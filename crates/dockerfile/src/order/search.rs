//! Finds the sequence of user ids: A* within a budget, a beam search beyond it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::Bits;
use super::bound::Bound;
use super::graph::{Graph, UserId};
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
    /// Changes of user id along it.
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
    let (user_ids, at_least) = search.exact(budget);
    let user_ids = user_ids.unwrap_or_else(|| search.beam());
    if unchanged < user_ids.len() || unchanged <= at_least {
        return Order { sequence: original, switches: unchanged, at_least };
    }
    let sequence = if unchanged == user_ids.len() { original } else { settle(graph, &user_ids) };
    let switches = graph.switches(&sequence);
    Order { sequence, switches, at_least }
}

/// What is done, and what led to it.
struct State {
    done: Bits,
    current: UserId,
    switches: usize,
    parent: Option<usize>,
}

struct Search<'a> {
    graph: &'a Graph,
    bound: Bound,
    states: Vec<State>,
    /// States by their user id, for dominance.
    by_user_id: Vec<Vec<usize>>,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph) -> Self {
        let by_user_id = vec![Vec::new(); graph.user_id_count()];
        Self { graph, bound: Bound::of(graph), states: Vec::new(), by_user_id }
    }

    /// The user ids to switch to, in order, if the budget is enough; and the least switches of any order.
    fn exact(&mut self, budget: usize) -> (Option<Vec<UserId>>, usize) {
        let words = self.graph.len() * self.graph.len().div_ceil(64) + 1;
        let most = (budget / words / self.graph.user_id_count()).clamp(1, MOST_STATES);
        let first = self.first();
        let mut open = BinaryHeap::new();
        let estimate = self.bound.remaining(self.graph, &first.done, first.current);
        open.push((Reverse(estimate), first.done.len(), Reverse(self.keep(first))));
        let mut at_least = 0;
        while let Some((Reverse(estimate), _, Reverse(index))) = open.pop() {
            // Estimates never exceed the truth, so the least of them is a bound for all orders.
            at_least = at_least.max(estimate);
            if self.is_complete(index) {
                return (Some(self.user_ids(index)), estimate);
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
        unreachable!("switching to the user_id of the first node that is not done always leads on")
    }

    /// A sequence of user ids that does everything, the best that a beam finds.
    fn beam(&mut self) -> Vec<UserId> {
        self.states.clear();
        let first = self.first();
        let mut level = vec![self.keep(first)];
        loop {
            if let Some(&index) = level.iter().find(|&&index| self.is_complete(index)) {
                return self.user_ids(index);
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
            self.by_user_id.iter_mut().for_each(Vec::clear);
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

    /// The states behind one, one for each user id that has something to do.
    fn steps(&self, index: usize) -> Vec<State> {
        let state = &self.states[index];
        let mut useful = vec![false; self.graph.user_id_count()];
        for node in 0..self.graph.len() {
            if let Some(user_id) = self.graph.user_id(node)
                && !state.done.contains(node)
                && self.graph.is_available(node, &state.done)
            {
                useful[user_id] = true;
            }
        }
        if state.done.len() == self.graph.len() {
            useful[self.graph.end()] = true;
        }
        useful[state.current] = false;
        let user_ids = (0..useful.len()).filter(|&user_id| useful[user_id]);
        user_ids
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
    /// for another user id, but for the last one: that switch is the state itself.
    fn is_dominated(&self, state: &State) -> bool {
        if state.done.len() == self.graph.len() {
            return false;
        }
        self.by_user_id.iter().enumerate().any(|(user_id, indices)| {
            let extra = usize::from(user_id != state.current);
            indices.iter().any(|&other| {
                let other = &self.states[other];
                other.switches + extra <= state.switches && state.done.is_within(&other.done)
            })
        })
    }

    fn keep(&mut self, state: State) -> usize {
        let index = self.states.len();
        self.by_user_id[state.current].push(index);
        self.states.push(state);
        index
    }

    /// The user ids that were switched to on the way to a state.
    fn user_ids(&self, index: usize) -> Vec<UserId> {
        let mut user_ids = Vec::new();
        let mut at = index;
        while let Some(parent) = self.states[at].parent {
            user_ids.push(self.states[at].current);
            at = parent;
        }
        user_ids.reverse();
        user_ids
    }
}
