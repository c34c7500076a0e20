//! The agent functional-negative: requests with one violation of the document each, proved (GENERATION.md, sections 15 to 19).

mod change;
mod combinators;
mod compose;
mod items;
mod keywords;
mod malformed;
mod names;
mod order;
mod parts;
mod plan;
mod proof;
mod said;
mod spots;
mod texts;
mod together;
mod turns;
mod values;
mod violation;
mod wire;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use sentinel_core::maker::GaveUp;
use sentinel_core::places::Request;
use sentinel_core::random::{LastState, PlaceHash};
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

use crate::generate::{Agent, Slice};
use crate::request::Known;

use self::compose::case;
use self::plan::{OTHER_METHODS, Plan, plan};

const NAME: &str = "functional-negative";
const RANDOM_TRIES: usize = 8;
static VIOLATION: LazyLock<PlaceHash> = LazyLock::new(|| PlaceHash::new("violation"));

/// The agent over one slice: everything that depends on the slice alone is made once.
pub struct FunctionalNegative {
    known: Known,
    /// Names of security schemes.
    schemes: HashSet<String>,
    plans: HashMap<String, Planned>,
}

/// What is made once of an operation.
struct Planned {
    /// The methods that are left to it to try.
    others: Vec<&'static str>,
    plan: OnceCell<Plan>,
    state: LastState,
}

impl FunctionalNegative {
    /// The agent over this slice.
    pub fn new(slice: &Slice) -> Self {
        let mut seen = HashSet::new();
        let mut plans = HashMap::new();
        for operation in &slice.operations {
            let mut others = vec![];
            if seen.insert(&operation.path) {
                let path: Vec<&str> = operation.path.split('/').collect();
                let is_meant =
                    |other: &str| other == operation.path || meet(&path, &other.split('/').collect::<Vec<_>>());
                let meant: Vec<_> = slice.operations.iter().filter(|other| is_meant(&other.path)).collect();
                let left_out: Vec<_> = slice.others.iter().filter_map(|key| key.split_once(' ')).collect();
                let is_left_out = |name: &str| left_out.iter().any(|(method, path)| *method == name && is_meant(path));
                let has = |name: &str| meant.iter().any(|other| other.method == name) || is_left_out(name);
                others.extend(OTHER_METHODS.into_iter().filter(|name| !has(name)));
            }
            plans.insert(operation.key.clone(), Planned { others, plan: OnceCell::new(), state: LastState::default() });
        }
        let requirements = slice.operations.iter().flat_map(|operation| &operation.security);
        let schemes = requirements.flat_map(|needed| needed.iter().map(|(name, _)| name.clone())).collect();
        Self { known: Known::new(slice), schemes, plans }
    }

    fn plan<'a>(&self, request: &Request, planned: &'a Planned) -> &'a Plan {
        planned.plan.get_or_init(|| plan(&self.known.compiler, request, &planned.others, &self.schemes))
    }
}

/// Whether one address may be of both paths: segment by segment they are equal, or one has a parameter.
fn meet(left: &[&str], right: &[&str]) -> bool {
    let may_be = |(one, other): (&&str, &&str)| one == other || one.contains('{') || other.contains('{');
    left.len() == right.len() && left.iter().zip(right).all(may_be)
}

impl Agent for FunctionalNegative {
    /// How many parts there are of which nothing is violated, as there are too many; what has no value functional-positive says.
    fn left_out(&self, operation: &str) -> Vec<String> {
        let known = self.known.requests.get(operation).zip(self.plans.get(operation));
        known.map_or_else(Vec::new, |(request, planned)| self.plan(request, planned).left_out.clone())
    }

    /// There is an end where nothing of a violation is random.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp> {
        let (Some(request), Some(planned)) = (self.known.requests.get(operation), self.plans.get(operation)) else {
            return Ok(None);
        };
        let plan = self.plan(request, planned);
        let Ok(index) = usize::try_from(ordinal) else { return Ok(None) };
        let state = planned.state.of(job.seed, NAME, operation).case(ordinal.unsigned_abs());
        let at = (job, ordinal, state);
        if let Some(violation) = plan.violations.get(index) {
            return case(&self.known, at, request, (violation, &[]), None).map(|case| Some(Answer::Case(case)));
        }
        let Some(turn) = plan.order.at(index - plan.violations.len()) else { return Ok(None) };
        let mut varied = turn.first();
        let mut draws = state.stream(*VIOLATION);
        let mut reason = None;
        for _ in 0..RANDOM_TRIES {
            match case(&self.known, at, request, (plan.varied(varied.index), &varied.also), Some(&mut draws)) {
                Ok(case) => return Ok(Some(Answer::Case(case))),
                Err(why) => reason = reason.or(Some(why)),
            }
            varied = turn.other(&mut draws);
        }
        Err(reason.unwrap_or_else(|| GaveUp(String::new())))
    }
}
