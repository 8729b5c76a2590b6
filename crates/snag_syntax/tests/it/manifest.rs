//! Deployment manifests.

use snag_syntax::Span;
use snag_syntax::manifest::{
    self, Container, Cpu, EnvFrom, EnvValue, Located, Manifest, ManifestKind, Workload, WorkloadKind,
    read_dockerfile, read_unit, read_yaml,
};

fn yaml(text: &str) -> Vec<Workload> {
    let (manifest, problems) = read_yaml(text.as_bytes());
    assert_eq!(problems, [], "{text}");
    manifest.workloads
}

fn at(text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the part is in the text");
    Span::new(start as u32, (start + part.len()) as u32)
}

fn strings(words: &[Located<String>]) -> Vec<&str> {
    words.iter().map(|word| word.value.as_str()).collect()
}

fn name(workload: &Workload) -> &str {
    workload.name.as_ref().map_or("", |name| &name.value)
}

fn limits(workloads: &[Workload]) -> Vec<Option<Option<u64>>> {
    let containers = workloads.iter().flat_map(|workload| &workload.containers);
    containers.map(|container| container.cpu_limit.map(|cpu| cpu.millicores)).collect()
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

const DEPLOYMENT: &str = r#"# größer
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec:
  template:
    spec:
      initContainers:
      - name: setup
        image: busybox
      - {name: proxy, restartPolicy: Always}
      containers:
      - name: app
        image: "registry/app:1"
        command: ["/app", "--ö"]
        args:
        - serve
        - "--port=80"
        env:
        - name: GOMAXPROCS
          valueFrom:
            resourceFieldRef:
              containerName: app
              resource: limits.cpu
              divisor: 1m
        - name: GODEBUG
          value: "containermaxprocs=0"
        - name: SECRET
          valueFrom: {secretKeyRef: {name: s, key: k}}
        resources:
          limits:
            cpu: 1500m
            memory: 1Gi
          requests:
            cpu: "0.5"
"#;

#[test]
fn deployment_with_places() {
    let workloads = yaml(DEPLOYMENT);
    let [web] = &workloads[..] else { panic!("{workloads:#?}") };
    assert_eq!(
        (&web.kind, name(web), web.namespace.as_deref()),
        (&WorkloadKind::Deployment, "web", Some("prod"))
    );
    let [setup, proxy, app] = &web.containers[..] else { panic!("{web:#?}") };
    assert!(setup.is_init && !proxy.is_init && !app.is_init);
    assert_eq!(app.cpu_limit, Some(Cpu { millicores: Some(1500), span: at(DEPLOYMENT, "1500m") }));
    assert_eq!(app.cpu_request, Some(Cpu { millicores: Some(500), span: at(DEPLOYMENT, "\"0.5\"") }));
    assert_eq!(slice(DEPLOYMENT, app.image.as_ref().unwrap().span), "\"registry/app:1\"");
    assert_eq!(strings(&app.command), ["/app", "--ö"]);
    assert_eq!(strings(&app.args), ["serve", "--port=80"]);
    assert_eq!(slice(DEPLOYMENT, app.args[0].span), "serve");
    assert_eq!(
        app.env("GOMAXPROCS").unwrap().value,
        EnvValue::ResourceField {
            resource: "limits.cpu".into(),
            container: Some("app".into()),
            divisor: Some("1m".into())
        }
    );
    assert_eq!(app.env("GODEBUG").unwrap().value, EnvValue::Literal("containermaxprocs=0".into()));
    assert!(slice(DEPLOYMENT, app.env("GODEBUG").unwrap().span).starts_with("name: GODEBUG"));
    assert!(slice(DEPLOYMENT, app.env("GODEBUG").unwrap().span).ends_with("\"containermaxprocs=0\""));
    assert_eq!(app.env("SECRET").unwrap().value, EnvValue::Other);
    assert!(slice(DEPLOYMENT, app.span).starts_with("name: app"));
    assert!(slice(DEPLOYMENT, app.span).ends_with("cpu: \"0.5\""));
}

#[test]
fn every_kind_in_several_documents() {
    let pod = "{containers: [{name: c, resources: {limits: {cpu: 2}}}]}";
    let mut text = String::from("# nothing\n---\n---\nkind: Service\nspec: {ports: []}\n");
    for kind in ["StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"] {
        text.push_str(&format!("---\nkind: {kind}\nspec: {{template: {{spec: {pod}}}}}\n"));
    }
    text.push_str(&format!(
        "---\nkind: CronJob\nspec: {{jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}\n"
    ));
    text.push_str(&format!("---\nkind: Pod\nspec: {pod}\n...\n"));
    text.push_str(&format!(
        "---\nkind: List\nitems:\n- kind: PodList\n  items: [{{kind: Pod, spec: {pod}}}]\n"
    ));
    let workloads = yaml(&text);
    use WorkloadKind::*;
    let kinds: Vec<_> = workloads.iter().map(|workload| workload.kind.clone()).collect();
    assert_eq!(
        kinds,
        [StatefulSet, DaemonSet, ReplicaSet, ReplicaSet, Job, Other("Rollout".into()), CronJob, Pod, Pod]
    );
    assert_eq!(limits(&workloads), [Some(Some(2000)); 9]);
    let documents: Vec<_> = workloads.iter().map(|workload| workload.document).collect();
    assert!(documents.is_sorted() && documents[0] < documents[8]);
    let first = workloads[0].containers[0].cpu_limit.unwrap().span;
    assert_eq!((slice(&text, first), first.start), ("2", at(&text, "2}").start));
}

#[test]
fn anchors_aliases_and_merges() {
    let text = "kind: Pod
x-limits: &limits
  cpu: &cpu 250m
base: &base
  image: a
  resources: {limits: *limits}
spec:
  containers:
  - <<: *base
    name: one
  - <<: [*base]
    name: two
    resources: {limits: {cpu: *cpu}}
  - name: three
    resources: {limits: {cpu: *missing}}
  - &self {name: four, resources: *self}
";
    let workloads = yaml(text);
    assert_eq!(limits(&workloads), [Some(Some(250)), Some(Some(250)), Some(None), None]);
    let containers = &workloads[0].containers;
    assert_eq!(containers[0].cpu_limit.unwrap().span, at(text, "250m"));
    assert_eq!(containers[1].image.as_ref().unwrap().value, "a");
}

#[test]
fn broken_documents_cost_only_themselves() {
    let text =
        "kind: Pod\nspec: [unclosed\n---\nkind: Pod\nspec: {containers: [{name: ok}]}\n---\n\tkind: tab\n";
    let (Manifest { workloads, .. }, problems) = read_yaml(text.as_bytes());
    assert_eq!(workloads.len(), 1);
    assert_eq!(workloads[0].containers[0].name.as_ref().unwrap().value, "ok");
    assert!(!problems.is_empty());
    assert!(
        problems.iter().all(|problem| !problem.message.is_empty() && problem.span.end as usize <= text.len())
    );
}

#[test]
fn quantities() {
    let cases = [
        ("500m", Some(500)),
        ("0.5", Some(500)),
        ("2", Some(2000)),
        ("1.5", Some(1500)),
        (".25", Some(250)),
        ("'1'", Some(1000)),
        ("100u", Some(1)),
        ("1500000000n", Some(1500)),
        ("1e-1", Some(100)),
        ("1E2", Some(100_000)),
        ("1k", Some(1_000_000)),
        ("0.0001", Some(1)),
        ("-1", None),
        ("many", None),
        ("1.2.3", None),
        ("99999999999999999999999999", None),
        ("1e99999999999", None),
    ];
    for (cpu, millicores) in cases {
        let text = format!("kind: Pod\nspec: {{containers: [{{resources: {{limits: {{cpu: {cpu}}}}}}}]}}\n");
        assert_eq!(limits(&yaml(&text)), [Some(millicores)], "{cpu}");
    }
    assert_eq!(limits(&yaml("kind: Pod\nspec: {containers: [{resources: {limits: {cpu: }}}]}")), [None]);
}

#[test]
fn helm_templates_keep_their_places() {
    let text = r#"{{- /* a comment
 over lines */ -}}
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}-{{ .Release.Name }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          command:
            - /bin/sh
            - |
              {{- if .Values.a_long_condition_in_front_of_a_block }}
              run it
              {{- end }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default "a}}b" }}"
          resources:
            limits:
              cpu: 500m # größe
            requests:
              cpu: {{ .Values.cpu }}
          {{- with .Values.env }}
          env:
            - name: GOMAXPROCS
              value: "2"
            - name: OTHER
              value: {{ quote .Values.other }}
          {{- end }}
{{- end }}
"#;
    let (Manifest { workloads, .. }, problems) = read_yaml(text.as_bytes());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("template"));
    let [workload] = &workloads[..] else { panic!("{workloads:#?}") };
    assert!(workload.is_template);
    assert_eq!(workload.name, None);
    let app = &workload.containers[0];
    assert_eq!(app.cpu_limit, Some(Cpu { millicores: Some(500), span: at(text, "500m") }));
    let request = app.cpu_request.unwrap();
    assert_eq!((request.millicores, slice(text, request.span)), (None, "{{ .Values.cpu }}"));
    assert_eq!((&app.name, &app.image), (&None, &None));
    assert_eq!(app.command[1].value.trim(), "run it");
    assert_eq!(app.env("GOMAXPROCS").unwrap().value, EnvValue::Literal("2".into()));
    assert_eq!(app.env("OTHER").unwrap().value, EnvValue::Other);
}

#[test]
fn kustomize_patches() {
    let text = r#"apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
patches:
- path: elsewhere.yaml
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        spec:
          containers:
          - name: app
            resources: {limits: {cpu: 300m}}
- target:
    kind: StatefulSet
    name: db
  patch: |
    - op: replace
      path: /spec/template/spec/containers/0/resources/limits/cpu
      value: "4"
    - op: add
      path: /spec/replicas
      value: 3
patchesStrategicMerge:
- |
  kind: DaemonSet
  spec: {template: {spec: {containers: [{name: d, resources: {limits: {cpu: 7}}}]}}}
"#;
    let workloads = yaml(text);
    let kinds: Vec<_> = workloads.iter().map(|workload| (&workload.kind, name(workload))).collect();
    assert_eq!(
        kinds,
        [
            (&WorkloadKind::Deployment, "web"),
            (&WorkloadKind::StatefulSet, "db"),
            (&WorkloadKind::DaemonSet, "")
        ]
    );
    let spans: Vec<_> = workloads
        .iter()
        .map(|workload| slice(text, workload.containers[0].cpu_limit.unwrap().span))
        .collect();
    assert_eq!(spans, ["300m", "\"4\"", "7"]);
    assert_eq!(limits(&workloads), [Some(Some(300)), Some(Some(4000)), Some(Some(7000))]);
}

#[test]
fn what_other_files_add() {
    let text = "kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        envFrom:
        - configMapRef: {name: first}
        - configMapRef: {name: second}
        - prefix: X_
          configMapRef: {name: third}
        - secretRef: {name: s}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec: {template: {spec: {containers: [{resources: {limits: {cpu: 1}}}]}}}
---
kind: ConfigMap
metadata: {name: first}
data: {GOMAXPROCS: \"2\"}
---
resources: [base, ../other]
patches:
- path: a.yaml
- {path: b.yaml, target: {kind: Job, name: once}}
patchesStrategicMerge: [c.yaml]
---
- {op: add, path: /spec/template/spec/containers/1/env/-, value: {name: GOMAXPROCS, value: \"3\"}}
- {op: add, path: /spec/template/spec/containers/2/resources/limits/cpu, value: 2}
- {op: add, path: /spec/template/spec/initContainers/0/resources/limits/cpu, value: 2}
";
    let (manifest, problems) = read_yaml(text.as_bytes());
    assert_eq!(problems, []);
    let map = |name: &str| EnvFrom::ConfigMap(name.into());
    let [web] = &manifest.workloads[..] else { panic!("{manifest:#?}") };
    assert_eq!(web.containers[0].env_from, [EnvFrom::Other, map("second"), map("first")]);
    assert_eq!(manifest.config_maps[0].data[0].value, EnvValue::Literal("2".into()));
    let [kustomization] = &manifest.kustomizations[..] else { panic!("{manifest:#?}") };
    assert_eq!(kustomization.resources, ["base", "../other"]);
    let patches: Vec<_> =
        kustomization.patches.iter().map(|it| (it.path.as_str(), it.kind.clone())).collect();
    assert_eq!(patches, [("a.yaml", None), ("b.yaml", Some(WorkloadKind::Job)), ("c.yaml", None)]);
    let [patch] = &manifest.patches[..] else { panic!("{manifest:#?}") };
    let [variable, limit] = &patch.containers[..] else { panic!("{patch:#?}") };
    assert_eq!((variable.index, &variable.env[0].name[..]), (Some(1), "GOMAXPROCS"));
    assert_eq!((limit.index, limit.cpu_limit.unwrap().millicores), (Some(2), Some(2000)));
}

#[test]
fn compose_builds_and_environment_files() {
    let text = "services:
  a: {build: ./a, env_file: a.env}
  b:
    build: {context: b, dockerfile: Dockerfile.b, target: run}
    env_file: [one.env, {path: two.env, required: false}, \"${X}.env\"]
";
    let workloads = yaml(text);
    let [a, b] = [0, 1].map(|at: usize| &workloads[at].containers[0]);
    assert_eq!(a.build.as_ref().unwrap().context.as_deref(), Some("./a"));
    let build = b.build.as_ref().unwrap();
    assert_eq!((build.dockerfile.as_deref(), build.target.as_deref()), (Some("Dockerfile.b"), Some("run")));
    let file = |name: &str| EnvFrom::File(name.into());
    assert_eq!(b.env_from, [EnvFrom::Other, file("two.env"), file("one.env")]);
}

#[test]
fn arguments_of_a_dockerfile_have_their_defaults() {
    let text = b"ARG A=1.21\nARG B=golang:$A C\nFROM ${B}-alpine\nFROM ${C:-x}:${D}$A\n";
    let (file, problems) = read_dockerfile(text);
    assert_eq!(problems, []);
    let bases: Vec<&str> = file.stages.iter().map(|it| it.base.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(bases, ["golang:1.21-alpine", "x:${D}1.21"]);
}

#[test]
fn compose() {
    let text = r#"version: "3.8"
x-common: &common
  environment:
    GOMAXPROCS: "3"
services:
  web:
    <<: *common
    image: web:1
    command: ./web --listen ":80"
    deploy:
      resources:
        limits: {cpus: "0.50", memory: 50M}
        reservations:
          cpus: 0.25
  worker:
    build: .
    entrypoint: ["/worker", "run"]
    cpus: 1.5
    environment:
      - GODEBUG=asyncpreemptoff=1
      - TOKEN
      - PRICE=$$1
      - HOME=${HOME}
  quota:
    cpu_quota: 50000
    cpu_period: 25ms
  half: {cpu_quota: 50000}
  unlimited: {cpu_quota: -1}
  variable: {cpus: "${CPUS}"}
  zero: {cpus: 0}
"#;
    let workloads = yaml(text);
    assert!(workloads.iter().all(|workload| workload.kind == WorkloadKind::ComposeService));
    let names: Vec<_> = workloads.iter().map(name).collect();
    assert_eq!(names, ["web", "worker", "quota", "half", "unlimited", "variable", "zero"]);
    assert_eq!(
        limits(&workloads),
        [Some(Some(500)), Some(Some(1500)), Some(Some(2000)), Some(Some(500)), None, Some(None), None]
    );
    let web = &workloads[0].containers[0];
    assert_eq!(strings(&web.args), ["./web", "--listen", ":80"]);
    assert_eq!(slice(text, web.args[1].span), "--listen");
    assert_eq!(web.env("GOMAXPROCS").unwrap().value, EnvValue::Literal("3".into()));
    assert_eq!(web.cpu_request.unwrap().millicores, Some(250));
    assert_eq!(web.cpu_limit.unwrap().span, at(text, "\"0.50\""));
    let worker = &workloads[1].containers[0];
    assert_eq!(strings(&worker.command), ["/worker", "run"]);
    assert_eq!(worker.env("GODEBUG").unwrap().value, EnvValue::Literal("asyncpreemptoff=1".into()));
    assert_eq!(worker.env("TOKEN").unwrap().value, EnvValue::Other);
    assert_eq!(worker.env("PRICE").unwrap().value, EnvValue::Literal("$1".into()));
    assert_eq!(worker.env("HOME").unwrap().value, EnvValue::Other);
}

#[test]
fn systemd_unit() {
    let text = "[Unit]\r\nDescription=x\r\n; note\r\n[Service]\r\nExecStart=-/usr/bin/app --name \"a b\" \\\r\n# inner\r\n  --last\r\nEnvironment=\"GOMAXPROCS=2\" 'B=x y'\r\nPassEnvironment=HOME\r\nCPUQuota = 150%\r\nnonsense\r\n[Install]\r\nCPUQuota=1%\r\n";
    let (unit, problems) = read_unit("/etc/systemd/system/app.service", text.as_bytes());
    let unit = unit.unwrap();
    assert_eq!((&unit.kind, name(&unit)), (&WorkloadKind::SystemdUnit, "app"));
    let service = &unit.containers[0];
    assert_eq!(service.cpu_limit, Some(Cpu { millicores: Some(1500), span: at(text, "150%") }));
    assert_eq!(strings(&service.command), ["/usr/bin/app", "--name", "a b", "--last"]);
    assert_eq!(slice(text, service.command[0].span), "/usr/bin/app");
    assert_eq!(service.env("GOMAXPROCS").unwrap().value, EnvValue::Literal("2".into()));
    assert_eq!(service.env("B").unwrap().value, EnvValue::Literal("x y".into()));
    assert_eq!(service.env("HOME").unwrap().value, EnvValue::Other);
    assert_eq!(problems.len(), 1);
    assert_eq!(slice(text, problems[0].span), "nonsense");
    assert_eq!(read_unit("a.timer", b"[Timer]\nOnBootSec=1\n").0, None);
    let (reset, problems) = read_unit("a.service", b"[Service]\nCPUQuota=20%\nCPUQuota=\n");
    assert_eq!((reset.unwrap().containers[0].cpu_limit, problems.len()), (None, 0));
    let (odd, problems) = read_unit("a@.service", b"[Service]\nCPUQuota=20\n");
    assert_eq!(odd.unwrap().containers[0].cpu_limit.unwrap().millicores, None);
    assert_eq!(problems.len(), 1);
}

#[test]
fn dockerfile() {
    let text = r#"# syntax=docker/dockerfile:1
ARG GO=1.25
FROM --platform=$BUILDPLATFORM golang:1.25-alpine AS build
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache apk add git && \
    # the program
    CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags="-s -w" \
      -tags netgo -o /out/app ./cmd/app; \
    go install ./cmd/tool
RUN <<EOF
go build -o /ignored .
EOF
FROM scratch
ENV GOMAXPROCS=2 GODEBUG="a b" PATH=$PATH:/x
ENV OLD style value
COPY --from=build --chown=0:0 /out/app /etc/conf /bin/
CMD ["ignored"]
ENTRYPOINT ["/bin/app", "--x=\"1\""]
CMD ["serve"]
"#;
    let (file, problems) = read_dockerfile(text.as_bytes());
    assert_eq!(problems, []);
    let [build, image] = &file.stages[..] else { panic!("{file:#?}") };
    assert_eq!(slice(text, build.base.as_ref().unwrap().span), "golang:1.25-alpine");
    assert_eq!(build.name.as_deref(), Some("build"));
    let [app, tool] = &build.builds[..] else { panic!("{:#?}", build.builds) };
    assert_eq!((app.output.as_deref(), app.tags.as_deref()), (Some("/out/app"), Some("netgo")));
    assert_eq!(app.packages, ["./cmd/app"]);
    assert_eq!(app.env, [("CGO_ENABLED".into(), "0".into()), ("GOOS".into(), "linux".into())]);
    assert!(slice(text, app.span).starts_with("go build"));
    assert_eq!(tool.packages, ["./cmd/tool"]);
    assert_eq!(image.base.as_ref().unwrap().value, "scratch");
    let env: Vec<_> = image.env.iter().map(|it| (it.name.as_str(), &it.value)).collect();
    let literal = |text: &str| EnvValue::Literal(text.into());
    assert_eq!(
        env,
        [
            ("GOMAXPROCS", &literal("2")),
            ("GODEBUG", &literal("a b")),
            ("PATH", &EnvValue::Other),
            ("OLD", &literal("style value"))
        ]
    );
    assert_eq!(image.copies[0].stage, "build");
    assert_eq!(image.copies[0].sources, ["/out/app", "/etc/conf"]);
    assert_eq!(image.copies[0].target, "/bin/");
    assert_eq!(strings(&image.entrypoint), ["/bin/app", "--x=\"1\""]);
    assert_eq!(slice(text, image.entrypoint[0].span), "\"/bin/app\"");
    assert_eq!(strings(&image.command), ["serve"]);
    let (_, problems) = read_dockerfile(b"RUN x\nFROM a\n");
    assert_eq!(problems.len(), 1);
}

#[test]
fn kinds_by_name() {
    assert_eq!(manifest::kind_of("deploy/web.yaml"), Some(ManifestKind::Yaml));
    assert_eq!(manifest::kind_of("docker-compose.yml"), Some(ManifestKind::Yaml));
    assert_eq!(manifest::kind_of("Dockerfile"), Some(ManifestKind::Dockerfile));
    assert_eq!(manifest::kind_of("x/Dockerfile.dev"), Some(ManifestKind::Dockerfile));
    assert_eq!(manifest::kind_of("app.Containerfile"), Some(ManifestKind::Dockerfile));
    assert_eq!(manifest::kind_of("app.service"), Some(ManifestKind::SystemdUnit));
    assert_eq!(manifest::kind_of("main.go"), None);
}

#[test]
fn aliases_that_multiply_are_cut_off() {
    let mut text = String::from(
        "x: &c {name: c, env: [{name: a, value: b}]}\nkind: List\ny0: &l0 {kind: Pod, spec: {containers: [",
    );
    text.push_str(&"*c,".repeat(1000));
    text.push_str("]}}\n");
    for level in 0..6 {
        let items = format!("*l{level},").repeat(100);
        text.push_str(&format!("y{0}: &l{0} {{kind: List, items: [{items}]}}\n", level + 1));
    }
    text.push_str("items: [*l3, *l6]\n");
    let (Manifest { workloads, .. }, problems) = read_yaml(text.as_bytes());
    let containers: usize = workloads.iter().map(|workload| workload.containers.len()).sum();
    assert!(containers <= 100_000);
    assert_eq!(problems.len(), 1);
    let (keys, aliases) = ("a: b, ".repeat(50_000), "*c,".repeat(50_000));
    let wide = format!("kind: Pod\nx: &c {{{keys}}}\nspec: {{containers: [{aliases}]}}\n");
    let (_, problems) = read_yaml(wide.as_bytes());
    assert_eq!(problems.len(), 1);
}

#[test]
fn hostile_texts_end() {
    let deep = 100_000;
    let yaml_units = [
        "[",
        "{",
        "- ",
        "? ",
        "{{",
        "{{\n",
        "{{/*",
        "a: &a [*a, ",
        "\"",
        "|\n",
        "---\n[",
        "&a ",
        "!x ",
        "<<: ",
        " a:\n ",
    ];
    for unit in yaml_units {
        let text = unit.repeat(deep / unit.len());
        read_yaml(text.as_bytes());
        read_yaml(format!("kind: Pod\nspec:\n  containers: {text}").as_bytes());
        read_unit("a.service", format!("[Service]\nExecStart={text}").as_bytes());
        read_dockerfile(format!("FROM a\nRUN {text}").as_bytes());
    }
    for unit in ["\\\n", "\\\n#\n", "<<A\n", "go build;", "'", "[\"", "FROM a\n", "[Service]\n", "A=\\\n;\n"]
    {
        let text = unit.repeat(deep / unit.len());
        read_unit("a.service", format!("[Service]\nEnvironment={text}").as_bytes());
        read_dockerfile(format!("FROM a\nRUN {text}").as_bytes());
        read_dockerfile(format!("FROM a\nCMD {text}").as_bytes());
        read_dockerfile(text.as_bytes());
    }
    let nested: String = (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    read_yaml(nested.as_bytes());
}

#[test]
fn every_prefix_is_read_and_invalid_bytes_keep_places() {
    for end in 0..DEPLOYMENT.len() {
        read_yaml(&DEPLOYMENT.as_bytes()[..end]);
        read_dockerfile(&DEPLOYMENT.as_bytes()[end..]);
        read_unit("x", &DEPLOYMENT.as_bytes()[end..]);
    }
    let mut bytes = DEPLOYMENT.as_bytes().to_vec();
    bytes[3] = 0xff;
    let (Manifest { workloads, .. }, _) = read_yaml(&bytes);
    let app: &Container = &workloads[0].containers[2];
    assert_eq!(app.cpu_limit.unwrap().span, at(DEPLOYMENT, "1500m"));
    let (unit, _) = read_unit("x", b"[Service]\nEnvironment=A=\xff\xff\nCPUQuota=5%\n");
    assert_eq!(unit.unwrap().containers[0].cpu_limit.unwrap().span, Span::new(36, 38));
}
