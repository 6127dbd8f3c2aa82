//! `--progress quiet`: the image id, nothing else. A failure still says what failed.

use super::Progress;
use super::open::Out;
use super::summary::{SummaryOptions, WIDTH, summary};
use crate::timing::{BuildEnd, BuildStart, Change, Outcome, Tracker};
use crate::ui::Glyphs;

pub(super) struct Quiet {
    stdout: Out,
    stderr: Out,
}

impl Quiet {
    pub(super) fn new(stdout: Out, stderr: Out) -> Self {
        Self { stdout, stderr }
    }
}

impl Progress for Quiet {
    fn started(&mut self, _: &BuildStart) {}
    fn uploaded(&mut self, _: u64, _: u64) {}
    fn changed(&mut self, _: &Tracker, _: &[Change]) {}
    fn tick(&mut self, _: &Tracker) {}

    fn finished(&mut self, tracker: &Tracker, end: &BuildEnd) {
        match &end.outcome {
            Outcome::Built { image_id, .. } => {
                let _ = writeln!(self.stdout, "{image_id}");
                let _ = self.stdout.flush();
            }
            Outcome::Failed | Outcome::Interrupted => {
                let options = SummaryOptions { was_all_printed: false, width: WIDTH };
                for line in summary(tracker, end, options, &Glyphs::ASCII) {
                    let _ = writeln!(self.stderr, "{}", line.text().trim_end());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::{end, image_built};
    use super::super::testing::Sink;
    use super::*;
    use crate::timing::testing::Recorded;

    #[test]
    fn only_the_id_or_the_failure() {
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let mut quiet = Quiet::new(stdout.out(), stderr.out());
        quiet.finished(&Recorded::named("cold").tracker(), &end(image_built()));
        assert_eq!(stdout.text(), format!("sha256:{}\n", "0a1b2c3d".repeat(8)));
        assert_eq!(stderr.text(), "");
        quiet.finished(&Recorded::named("failed").tracker(), &end(Outcome::Failed));
        assert!(stderr.text().starts_with("x node-deps 3/3 failed after 4.2s: exit code: 1\n"));
        assert_eq!(stdout.text().lines().count(), 1);
    }
}
