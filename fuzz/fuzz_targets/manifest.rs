//! Manifests: whatever the bytes, the readers end, and every place lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snag_syntax::manifest::{EnvVar, Located, Workload, read_dockerfile, read_unit, read_yaml};
use snag_syntax::{Problem, Span};

struct Text(usize);

impl Text {
    fn inside(&self, span: Span) {
        assert!(span.start <= span.end && span.end as usize <= self.0, "{span:?} of {}", self.0);
    }

    fn words(&self, words: &[Located<String>]) {
        words.iter().for_each(|word| self.inside(word.span));
    }

    fn env(&self, env: &[EnvVar]) {
        env.iter().for_each(|variable| self.inside(variable.span));
    }

    fn problems(&self, problems: &[Problem]) {
        problems.iter().for_each(|problem| self.inside(problem.span));
    }

    fn workload(&self, workload: &Workload) {
        self.inside(workload.span);
        workload.name.iter().for_each(|name| self.inside(name.span));
        workload.cpu_limit.iter().for_each(|cpu| self.inside(cpu.span));
        for container in &workload.containers {
            self.inside(container.span);
            container.name.iter().chain(&container.image).for_each(|word| self.inside(word.span));
            container.cpu_limit.iter().chain(&container.cpu_request).for_each(|cpu| self.inside(cpu.span));
            self.words(&container.command);
            self.words(&container.args);
            self.env(&container.env);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let text = Text(data.len());
    let (manifest, problems) = read_yaml(data);
    let workloads = manifest.workloads.iter().chain(&manifest.patches);
    workloads.for_each(|workload| text.workload(workload));
    text.problems(&problems);

    let (unit, problems) = read_unit("app.service", data);
    unit.iter().for_each(|workload| text.workload(workload));
    text.problems(&problems);

    let (file, problems) = read_dockerfile(data);
    text.problems(&problems);
    for stage in &file.stages {
        text.inside(stage.span);
        stage.base.iter().for_each(|base| text.inside(base.span));
        text.words(&stage.entrypoint);
        text.words(&stage.command);
        text.env(&stage.env);
        stage.copies.iter().for_each(|copy| text.inside(copy.span));
        stage.builds.iter().for_each(|build| text.inside(build.span));
    }
});
