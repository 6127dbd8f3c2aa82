//! The last sample in Prometheus' text format.

use std::fmt::Write;

use super::GpuSample;

/// `now_ms` is the clock's: a sample that grows old is seen by its age.
pub fn metrics(sample: &GpuSample, now_ms: u64) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: Vec<(String, f64)>| {
        if samples.is_empty() {
            return;
        }
        write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
            .expect("a String takes everything");
        for (labels, value) in samples {
            writeln!(text, "{name}{labels} {value}").expect("a String takes everything");
        }
    };
    let report = &sample.report;
    let is_used = f64::from(report.device == "cuda");
    let help = "Whether programs can use a card.";
    metric("mad_gpu_usable", "gauge", help, vec![(String::new(), is_used)]);
    let age = now_ms.saturating_sub(sample.at_ms) as f64 / 1e3;
    let help = "Since the cards were looked at.";
    metric("mad_gpu_sample_age_seconds", "gauge", help, vec![(String::new(), age)]);
    let each = |value: fn(&nvidia::Card) -> Option<f64>| {
        let cards = report.cards.iter();
        let labels = |card: &nvidia::Card| {
            format!("{{card=\"{}\",uuid=\"{}\"}}", card.index, escaped(&card.uuid))
        };
        cards.filter_map(|card| Some((labels(card), value(card)?))).collect::<Vec<_>>()
    };
    let ok = each(|card| Some(f64::from(card.is_usable())));
    metric("mad_gpu_card_usable", "gauge", "Whether the card answers.", ok);
    let busy = each(|card| card.utilisation_percent);
    metric("mad_gpu_utilisation_percent", "gauge", "Time in which the card worked.", busy);
    let memory = each(|card| bytes(card.memory_mib));
    metric("mad_gpu_memory_bytes", "gauge", "Memory of the card.", memory);
    let used = each(|card| bytes(card.used_mib));
    metric("mad_gpu_memory_used_bytes", "gauge", "Of that, in use.", used);
    let warmth = each(|card| card.temperature_c);
    metric("mad_gpu_temperature_celsius", "gauge", "Temperature of the card.", warmth);
    let xids = sample.xids.iter().flatten();
    let xids = xids.map(|(number, count)| (format!("{{xid=\"{number}\"}}"), *count as f64));
    let help = "Errors that the driver reported to the kernel's log.";
    metric("mad_gpu_xid_total", "counter", help, xids.collect());
    text
}

fn bytes(mib: Option<u64>) -> Option<f64> {
    mib.map(|mib| mib as f64 * 1_048_576.0)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use nvidia::container::{Facts, judge};
    use nvidia::{Answer, Card, Files};

    use super::super::GpuReport;
    use super::*;

    #[test]
    fn every_metric_has_its_help_type_and_samples() {
        let listing = "0, GPU-1, 80000, 1000, 97, 64, [N/A], 570.86.10, NVIDIA H100\n1, GPU-2, [GPU is lost], [GPU is lost], [GPU is lost], [GPU is lost], [N/A], 570.86.10, NVIDIA H100\n";
        let (cards, driver) = Card::all(listing).unwrap();
        let facts = Facts {
            files: Files { devices: vec![0, 1], library: Some("/x".into()), ..Files::default() },
            smi: Some(Answer::Cards { cards, driver, cuda: None }),
            ..Facts::default()
        };
        let report = GpuReport::new(judge(&facts), None, None);
        let xids = Some([(13, 2)].into());
        let sample = GpuSample { at_ms: 1_000, every_s: 5, report, xids };
        assert_eq!(
            metrics(&sample, 3_500),
            "\
# HELP mad_gpu_usable Whether programs can use a card.
# TYPE mad_gpu_usable gauge
mad_gpu_usable 1
# HELP mad_gpu_sample_age_seconds Since the cards were looked at.
# TYPE mad_gpu_sample_age_seconds gauge
mad_gpu_sample_age_seconds 2.5
# HELP mad_gpu_card_usable Whether the card answers.
# TYPE mad_gpu_card_usable gauge
mad_gpu_card_usable{card=\"0\",uuid=\"GPU-1\"} 1
mad_gpu_card_usable{card=\"1\",uuid=\"GPU-2\"} 0
# HELP mad_gpu_utilisation_percent Time in which the card worked.
# TYPE mad_gpu_utilisation_percent gauge
mad_gpu_utilisation_percent{card=\"0\",uuid=\"GPU-1\"} 97
# HELP mad_gpu_memory_bytes Memory of the card.
# TYPE mad_gpu_memory_bytes gauge
mad_gpu_memory_bytes{card=\"0\",uuid=\"GPU-1\"} 83886080000
# HELP mad_gpu_memory_used_bytes Of that, in use.
# TYPE mad_gpu_memory_used_bytes gauge
mad_gpu_memory_used_bytes{card=\"0\",uuid=\"GPU-1\"} 1048576000
# HELP mad_gpu_temperature_celsius Temperature of the card.
# TYPE mad_gpu_temperature_celsius gauge
mad_gpu_temperature_celsius{card=\"0\",uuid=\"GPU-1\"} 64
# HELP mad_gpu_xid_total Errors that the driver reported to the kernel's log.
# TYPE mad_gpu_xid_total counter
mad_gpu_xid_total{xid=\"13\"} 2
"
        );
    }
}
