use super::super::testing::FakeBench;
use super::super::{Proven, Side};
use super::*;
use crate::image::noise::Noise;

/// Moves every line with `# down` to the end, unless it is pinned. The fewer stay, the fewer
/// switches; safe is nothing but the lines with `# safe`.
struct Mover(String);

impl Mover {
    fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Comments end at the line for BuildKit; the bench must not see them.
fn without_marks(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.split('#').next().unwrap().trim_end())).collect()
}

impl Proposer for Mover {
    fn propose(&self, ask: &ProposalRequest) -> Proposal {
        let (mut stay, mut move_down) = (String::new(), String::new());
        let (mut moved, mut switches) = (Vec::new(), 0);
        for (line, text) in (1..).zip(self.0.lines()) {
            let may = text.contains("# safe") || (text.contains("# down") && !ask.safe);
            if may && !ask.pinned.contains(&line) {
                moved.push(line);
                move_down.push_str(&format!("{text}\n"));
            } else {
                switches += usize::from(text.contains("# down"));
                stay.push_str(&format!("{text}\n"));
            }
        }
        Proposal { ask: ask.clone(), text: without_marks(&(stay + &move_down)), switches, moved }
    }
}

async fn run(text: &str, most: usize) -> (SearchResult, Vec<(Side, bool)>) {
    let bench = FakeBench::default();
    let first = without_marks(text);
    let mut prover = Prover::start(&bench, &first, Noise::Known, false).await.unwrap();
    let found = search(&mut prover, &Mover::new(text), most).await.unwrap();
    assert_eq!(prover.builds(), bench.asked.lock().unwrap().len());
    prover.close().await.unwrap();
    assert!(bench.kept.is_empty());
    let asked = bench.asked.lock().unwrap().clone();
    (found, asked)
}

fn told(search: &SearchResult) -> Vec<String> {
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Proven => "proven".to_owned(),
        Outcome::Different { differences, steps } => {
            let lines: Vec<usize> = steps.iter().map(|step| step.line).collect();
            format!("{differences} different, lines {lines:?}")
        }
        Outcome::Unbuildable { step, .. } => {
            format!("unbuildable in line {}", step.as_ref().unwrap().line)
        }
    };
    search.attempts.iter().map(|a| format!("{}: {}", a.what, outcome(&a.outcome))).collect()
}

#[tokio::test]
async fn an_order_that_proves_at_once_is_the_best() {
    let text = "FROM x\nRUN write a 1 # down\nRUN write b 2\n";
    let (search, asked) = run(text, 8).await;
    assert_eq!(told(&search), ["every move: proven"]);
    let (proposal, proof) = search.best.unwrap();
    assert_eq!(proposal.text, "FROM x\nRUN write b 2\nRUN write a 1\n");
    assert_eq!((proof.verdict, proof.paths), (Proven::Same, 2));
    // What is the same needs no third build.
    assert_eq!(asked, [(Side::Before, false), (Side::After, false)]);
}

#[tokio::test]
async fn what_wrote_a_difference_stays_in_place() {
    // `a` is read after it was changed; the other two moves are good.
    let text = "FROM x\nRUN write a 1\nRUN write u 1 # down\nRUN copy a b # down\n\
                RUN write v 1 # down\nRUN write a 2\n";
    let (search, asked) = run(text, 8).await;
    assert_eq!(
        told(&search),
        ["every move: 1 different, lines [4]", "every move but those of lines 4: proven"]
    );
    let (proposal, proof) = search.best.unwrap();
    assert_eq!((proposal.moved, proof.verdict), (vec![3, 5], Proven::Same));
    assert_eq!(search.obstacle.unwrap().differences[0].difference.path.to_string(), "/b");
    assert_eq!(asked[2], (Side::Again, true));
}

#[tokio::test]
async fn a_step_that_fails_elsewhere_leads_to_bisection() {
    // The step that fails was not moved: what it needs was.
    let text = "FROM x\nRUN write u 1 # down\nRUN write a 1 # down\nRUN copy a b\nRUN write v 1 # down\n\
                RUN write w 1 # down\nRUN write x 1\n";
    let (search, _) = run(text, 8).await;
    assert_eq!(
        told(&search),
        [
            "every move: unbuildable in line 2",
            "2 of 4 moves: unbuildable in line 2",
            "1 of 4 moves: proven",
            // The other one of that half is the half again: it is not tried twice.
            "3 of 4 moves: proven",
        ]
    );
    let (proposal, _) = search.best.unwrap();
    assert_eq!((proposal.moved, proposal.switches), (vec![2, 5, 6], 1));
}

#[tokio::test]
async fn builds_are_bounded_and_safe_comes_last() {
    let bad: String =
        (0..16).map(|i| format!("RUN write a{i} 1 # down\nRUN copy a{i} b{i}\n")).collect();
    let text = format!("FROM x\nRUN write s 1 # safe\n{bad}");
    let (search, asked) = run(&text, 5).await;
    assert_eq!((search.attempts.len(), asked.len()), (6, 7));
    assert_eq!(told(&search)[5], "only what is safe: proven");
    assert_eq!(search.best.unwrap().0.moved, [2]);
}

#[tokio::test]
async fn nothing_that_proves_is_nothing() {
    let text = "FROM x\nRUN write a 1 # down\nRUN copy a b\n";
    let (search, _) = run(text, 8).await;
    assert!(search.best.is_none() && search.changes);
    let (search, asked) = run("FROM x\nRUN write a 1\n", 8).await;
    assert!(search.best.is_none() && !search.changes && asked.len() == 1);
}

#[tokio::test]
async fn what_differs_from_itself_is_unstable_and_listed() {
    let text = "FROM x\nRUN random key\nRUN temporary tmp\nRUN write a 1 # down\nRUN write b 2\n";
    let (search, asked) = run(text, 8).await;
    let (_, proof) = search.best.unwrap();
    assert_eq!(proof.verdict, Proven::SameButUnstable);
    let paths: Vec<String> =
        proof.unstable.iter().map(|blame| blame.difference.path.to_string()).collect();
    assert_eq!(paths, ["/key"]);
    let names: Vec<String> =
        proof.random_names.iter().map(|name| format!("{} {}", name.before, name.after)).collect();
    assert_eq!(names, ["/tmp/1 /tmp/2"]);
    assert_eq!(proof.unstable[0].wrote_before.as_ref().unwrap().line, 2);
    assert_eq!(asked.last(), Some(&(Side::Again, true)));
    // A change beside it is still a difference.
    let text = "FROM x\nRUN random key\nRUN write a 1 # down\nRUN write a 2\n";
    let (search, _) = run(text, 8).await;
    assert!(search.best.is_none());
    let obstacle = search.obstacle.unwrap();
    assert_eq!((obstacle.differences.len(), obstacle.unstable.len()), (1, 1));
}

#[tokio::test]
async fn the_dockerfile_itself_may_change() {
    let first = "FROM x\nRUN dockerfile df\nRUN write a 1\nRUN write b 2\n";
    let bench = FakeBench::default();
    let mut prover = Prover::start(&bench, first, Noise::Known, false).await.unwrap();
    let second = "FROM x\nRUN dockerfile df\nRUN write b 2\nRUN write a 1\n";
    let proof = prover.prove(second).await.unwrap();
    assert_eq!((proof.verdict, proof.itself[0].to_string()), (Proven::Same, "/df".to_owned()));
}
