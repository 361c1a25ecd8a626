//! Headline numbers.

use relata_runs::{Better, Metric, Summary, Table, Tables, Value};

/// Adds a metric with the sentence that says what it is.
pub(crate) fn put(summary: Summary, name: String, meaning: &str, metric: Metric) -> Summary {
    summary.with(name, meaning, metric)
}

/// The name of the accuracy of a model, of a task if there are several, at a size.
pub(crate) fn accuracy_name(model: &str, task: Option<&str>, size: usize) -> String {
    match task {
        None => format!("{model}_accuracy_at_{size}"),
        Some(task) => format!("{model}_accuracy_{task}_at_{size}"),
    }
}

/// The mean accuracy over draws of each model at each size. `main` is the task whose name is left out
/// of the metrics; `what` ends the sentence "Mean share of ... answered right".
pub(crate) fn accuracies(
    mut summary: Summary,
    table: &Table,
    main: &str,
    what: &str,
) -> anyhow::Result<Summary> {
    for task in table.distinct("task")? {
        let of_task = table.filter("task", task.clone())?;
        let task = text(&task);
        for model in of_task.distinct("model")? {
            let of_model = of_task.filter("model", model.clone())?;
            let (sizes, means) = of_model.means("size", "accuracy")?;
            for (size, mean) in sizes.into_iter().zip(means) {
                let size = size as usize;
                let model = text(&model);
                let name = accuracy_name(&model, (task != main).then_some(&task), size);
                let meaning =
                    format!("Mean share of {what} that {model} answers right, task {task}, at size {size}.");
                let metric = Metric::new(mean, "share").goal(1.0).better(Better::Higher);
                summary = put(summary, name, &meaning, metric);
            }
        }
    }
    Ok(summary)
}

/// The most accurate shortcut, of those `counted`, over the tasks and draws of the table `leak`; and
/// the sentences that fail a run where it is above chance by more than `slack`.
pub(crate) fn leaks(
    summary: Summary,
    tables: &Tables,
    counted: &dyn Fn(&str, &str) -> bool,
) -> anyhow::Result<Summary> {
    let t = tables.get("leak")?;
    let (tasks, shortcuts) = (t.texts("task")?, t.texts("shortcut")?);
    let (accuracy, chance) = (t.floats("accuracy")?, t.floats("chance")?);
    let rows = (0..t.len()).filter(|i| counted(&tasks[*i], &shortcuts[*i]));
    let worst = rows.max_by(|a, b| (accuracy[*a] - chance[*a]).total_cmp(&(accuracy[*b] - chance[*b])));
    let metric = match worst {
        Some(i) => Metric::new(accuracy[i], "share").goal(chance[i]).better(Better::Lower),
        None => Metric::not_applicable("share", "no shortcut was measured"),
    };
    Ok(put(
        summary,
        "leak_baseline_accuracy".to_owned(),
        "Accuracy of the shortcut without relations that is the furthest above chance; the goal is chance.",
        metric,
    ))
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(t) => t.clone(),
        other => format!("{other:?}"),
    }
}
