//! Answers, which agents write: [`Case`], [`Plan`] and [`Record`]. Fields, their order and their defaults are those of
//! `pipeline/messages`, where each is explained; `write` gives the canonical form.

use std::sync::Arc;

use crate::pack::Packer;
use crate::value::{Map, Value};

/// A value for a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `path`, `query`, `header` or `cookie`.
    pub location: String,
    /// The parameter's name.
    pub name: String,
    /// Its value, not serialised.
    pub value: Value,
}

/// A request body, not serialised.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Sent as Content-Type.
    pub media_type: String,
    /// The value.
    pub value: Value,
}

/// Keep a value of an answered step under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The variable.
    pub name: String,
    /// `body`, `header`, `status`, `location` or `request`.
    pub source: String,
    /// Where in the body (of the answer; for `request`, of what was sent), or the header's name.
    pub pointer: String,
}

/// Send a step again until its answer is as wished.
#[derive(Debug, Clone, PartialEq)]
pub struct Until {
    /// Statuses that end it.
    pub statuses: Vec<String>,
    /// What must exist.
    pub pointer: String,
    /// What it must equal.
    pub value: Value,
    /// Where the next page's address stands.
    pub follow: String,
    /// At most so often.
    pub tries: i64,
    /// Pause between two tries.
    pub interval_ms: i64,
}

/// One request of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Unique in the case.
    pub name: String,
    /// Key of the operation.
    pub operation: String,
    /// `prepare`, `control`, `attempt` or `observe`.
    pub role: String,
    /// Who sends it.
    pub identity: String,
    /// What is done to the credential.
    pub mutation: String,
    /// Instead of the operation's.
    pub method: String,
    /// Values for parameters.
    pub arguments: Vec<Argument>,
    /// The body.
    pub body: Option<Body>,
    /// What is kept of the answer.
    pub extract: Arc<[Extract]>,
    /// Statuses without which the case is unmet.
    pub require: Vec<String>,
    /// Repetition.
    pub until: Option<Until>,
}

/// A relation that the answers must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// `equal`, `different`, `contains`, `absent` or `present`.
    pub relation: String,
    /// A place.
    pub left: String,
    /// A place.
    pub right: String,
    /// Stands for an empty `right`.
    pub value: Value,
    /// What it holds.
    pub rule: String,
}

/// Provenance of one filled slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// Where.
    pub place: String,
    /// `example`, `knowledge`, `hint` or `extracted`.
    pub source: String,
    /// From where the value came.
    pub origin: String,
}

/// A whole experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Key of the operation.
    pub operation: String,
    /// Place in the stream of (agent, operation).
    pub ordinal: i64,
    /// For people.
    pub title: String,
    /// `valid`, `invalid` or `unspecified`.
    pub intent: String,
    /// Sent one after the other.
    pub steps: Vec<Step>,
    /// Judged when all were sent.
    pub expect: Vec<Expect>,
    /// Filled slots.
    pub fills: Vec<Fill>,
    /// Parameter classes and schema branches it covers.
    pub classes: Vec<String>,
}

/// Change the arrival rate linearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadStage {
    /// Within this time.
    pub duration_ms: i64,
    /// To this rate.
    pub rate_millihertz: i64,
}

/// A case and its share of arrivals.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadShare {
    /// Relative to the other shares.
    pub weight: i64,
    /// The case.
    pub case: Case,
}

/// A load plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Place in the stream.
    pub ordinal: i64,
    /// For people.
    pub title: String,
    /// `smoke`, `load`, `stress`, `spike` or `soak`.
    pub kind: String,
    /// One after the other.
    pub stages: Vec<LoadStage>,
    /// What arrives.
    pub shares: Vec<LoadShare>,
}

/// One made data object of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Place in the stream.
    pub ordinal: i64,
    /// Name of the schema.
    pub schema: String,
    /// The object.
    pub value: Value,
    /// From a pointer in `value` to the `SCHEMA/INDEX` it refers to; strings.
    pub relations: Map,
}

/// What an agent answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Of the testing agents.
    Case(Case),
    /// Of performance-planner.
    Plan(Plan),
    /// Of data-mocking.
    Record(Record),
}

impl Answer {
    /// Its place in the stream of (agent, operation).
    #[must_use]
    pub const fn ordinal(&self) -> i64 {
        match self {
            Self::Case(Case { ordinal, .. })
            | Self::Plan(Plan { ordinal, .. })
            | Self::Record(Record { ordinal, .. }) => *ordinal,
        }
    }

    /// Writes the canonical form.
    pub fn write(&self, packer: &mut Packer) {
        match self {
            Self::Case(case) => case.write(packer),
            Self::Plan(plan) => plan.write(packer),
            Self::Record(record) => record.write(packer),
        }
    }
}

impl Case {
    /// Writes the canonical form.
    pub fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.text_field(&mut fields, "type", "case", "");
        packer.field(&mut fields, "operation");
        packer.text(&self.operation);
        packer.field(&mut fields, "ordinal");
        packer.int(self.ordinal);
        packer.field(&mut fields, "title");
        packer.text(&self.title);
        packer.text_field(&mut fields, "intent", &self.intent, "valid");
        packer.field(&mut fields, "steps");
        packer.list(self.steps.len());
        for step in &self.steps {
            step.write(packer);
        }
        packer.list_field(&mut fields, "expect", &self.expect, |packer, expect| expect.write(packer));
        packer.list_field(&mut fields, "fills", &self.fills, |packer, fill| fill.write(packer));
        packer.texts_field(&mut fields, "classes", &self.classes);
        packer.end(&fields);
    }
}

impl Step {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "name");
        packer.text(&self.name);
        packer.field(&mut fields, "operation");
        packer.text(&self.operation);
        packer.text_field(&mut fields, "role", &self.role, "attempt");
        packer.text_field(&mut fields, "identity", &self.identity, "");
        packer.text_field(&mut fields, "mutation", &self.mutation, "");
        packer.text_field(&mut fields, "method", &self.method, "");
        packer.list_field(&mut fields, "arguments", &self.arguments, |packer, argument| argument.write(packer));
        if let Some(body) = &self.body {
            packer.field(&mut fields, "body");
            body.write(packer);
        }
        packer.list_field(&mut fields, "extract", &self.extract, |packer, extract| extract.write(packer));
        packer.texts_field(&mut fields, "require", &self.require);
        if let Some(until) = &self.until {
            packer.field(&mut fields, "until");
            until.write(packer);
        }
        packer.end(&fields);
    }
}

impl Argument {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "location");
        packer.text(&self.location);
        packer.field(&mut fields, "name");
        packer.text(&self.name);
        packer.field(&mut fields, "value");
        packer.value(&self.value);
        packer.end(&fields);
    }
}

impl Body {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "media_type");
        packer.text(&self.media_type);
        packer.field(&mut fields, "value");
        packer.value(&self.value);
        packer.end(&fields);
    }
}

impl Extract {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "name");
        packer.text(&self.name);
        packer.text_field(&mut fields, "source", &self.source, "body");
        packer.text_field(&mut fields, "pointer", &self.pointer, "");
        packer.end(&fields);
    }
}

impl Until {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.texts_field(&mut fields, "statuses", &self.statuses);
        packer.text_field(&mut fields, "pointer", &self.pointer, "");
        if self.value != Value::Null {
            packer.field(&mut fields, "value");
            packer.value(&self.value);
        }
        packer.text_field(&mut fields, "follow", &self.follow, "");
        if self.tries != 5 {
            packer.field(&mut fields, "tries");
            packer.int(self.tries);
        }
        if self.interval_ms != 200 {
            packer.field(&mut fields, "interval_ms");
            packer.int(self.interval_ms);
        }
        packer.end(&fields);
    }
}

impl Expect {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "relation");
        packer.text(&self.relation);
        packer.field(&mut fields, "left");
        packer.text(&self.left);
        packer.text_field(&mut fields, "right", &self.right, "");
        if self.value != Value::Null {
            packer.field(&mut fields, "value");
            packer.value(&self.value);
        }
        packer.text_field(&mut fields, "rule", &self.rule, "");
        packer.end(&fields);
    }
}

impl Fill {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.field(&mut fields, "place");
        packer.text(&self.place);
        packer.field(&mut fields, "source");
        packer.text(&self.source);
        packer.text_field(&mut fields, "origin", &self.origin, "");
        packer.end(&fields);
    }
}

impl Plan {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.text_field(&mut fields, "type", "plan", "");
        packer.field(&mut fields, "ordinal");
        packer.int(self.ordinal);
        packer.field(&mut fields, "title");
        packer.text(&self.title);
        packer.field(&mut fields, "kind");
        packer.text(&self.kind);
        packer.field(&mut fields, "stages");
        packer.list(self.stages.len());
        for stage in &self.stages {
            let mut inner = packer.begin();
            packer.field(&mut inner, "duration_ms");
            packer.int(stage.duration_ms);
            packer.field(&mut inner, "rate_millihertz");
            packer.int(stage.rate_millihertz);
            packer.end(&inner);
        }
        packer.field(&mut fields, "shares");
        packer.list(self.shares.len());
        for share in &self.shares {
            let mut inner = packer.begin();
            packer.field(&mut inner, "weight");
            packer.int(share.weight);
            packer.field(&mut inner, "case");
            share.case.write(packer);
            packer.end(&inner);
        }
        packer.end(&fields);
    }
}

impl Record {
    fn write(&self, packer: &mut Packer) {
        let mut fields = packer.begin();
        packer.text_field(&mut fields, "type", "record", "");
        packer.field(&mut fields, "ordinal");
        packer.int(self.ordinal);
        packer.field(&mut fields, "schema");
        packer.text(&self.schema);
        packer.field(&mut fields, "value");
        packer.value(&self.value);
        if !self.relations.is_empty() {
            packer.field(&mut fields, "relations");
            packer.object(&self.relations);
        }
        packer.end(&fields);
    }
}
