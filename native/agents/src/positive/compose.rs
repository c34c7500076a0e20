//! From an ordinal's entry to its case (GENERATION.md, sections 11 to 14).

use std::collections::HashMap;

use sentinel_core::compiler::Compiler;
use sentinel_core::interesting::Variation;
use sentinel_core::maker::{GaveUp, Mode, Vary};
use sentinel_core::places::{Part, Place, Request};
use sentinel_core::random::{CaseState, OperationState, PlaceHash};
use sentinel_core::samples::first_sample;
use sentinel_wire::Value;
use sentinel_wire::answer::{Case, Step};
use sentinel_wire::job::{Hint, Job};

use super::Requests;
use super::draft::Draft;
use super::making::{MadeBy, made_by, make_step, use_made, vacancy, vacant_step};
use super::plan::{Entry, Spot};
use super::slots::{Filler, Focus};

/// Makes one case.
pub struct Composer<'a> {
    compiler: &'a Compiler,
    requests: &'a Requests,
    job: &'a Job,
    request: &'a Request,
    entry: &'a Entry,
    ordinal: i64,
    state: CaseState,
}

impl<'a> Composer<'a> {
    /// Ready to make the case of one ordinal of the operation with this state.
    pub fn new(
        compiler: &'a Compiler,
        requests: &'a Requests,
        job: &'a Job,
        request: &'a Request,
        entry: &'a Entry,
        (state, ordinal): (OperationState, i64),
    ) -> Self {
        Self { compiler, requests, job, request, entry, ordinal, state: state.case(ordinal.unsigned_abs()) }
    }

    /// The case.
    ///
    /// # Errors
    ///
    /// Where a value that the request needs could not be made.
    pub fn case(&self) -> Result<Case, GaveUp> {
        let operation = &self.request.operation;
        let mode = match self.entry {
            Entry::Full => Mode::Full,
            Entry::Random => Mode::Random,
            _ => Mode::Best,
        };
        let mut draft = self.draft(self.request, mode, Part::Attempt, self.vary())?;
        let mut filler = self.filler(self.focus(), Part::Attempt);
        let hints: Vec<&Hint> = self.job.hints.iter().filter(|hint| hint.operation == operation.key).collect();
        if !hints.is_empty() && matches!(self.entry, Entry::Best | Entry::Random) {
            filler.fill_hints(&mut draft, &hints, &self.with_example());
        }
        let used = filler.fill_path(&mut draft);
        filler.fill_others(&mut draft);
        let mut steps = self.before(&mut draft, used)?;
        let mut attempt = draft.step("attempt", "attempt");
        let is_bare = *self.entry == Entry::BareCredentials;
        if is_bare {
            "absent".clone_into(&mut attempt.mutation);
        }
        steps.push(attempt);
        Ok(Case {
            operation: operation.key.clone(),
            ordinal: self.ordinal,
            title: self.title(),
            intent: if draft.certain && !is_bare { "valid" } else { "unspecified" }.to_owned(),
            steps,
            expect: vec![],
            classes: self.classes(&draft),
            fills: draft.fills,
        })
    }

    fn filler(&self, focus: Focus, part: Part) -> Filler<'a> {
        Filler {
            compiler: self.compiler,
            job: self.job,
            state: self.state,
            first: self.ordinal == 0 || part == Part::Make,
            random: *self.entry == Entry::Random,
            focus,
            part,
            streams: HashMap::new(),
        }
    }

    fn vary(&self) -> Vary {
        match self.entry {
            _ if !has_body_method(self.request) => Vary::Nothing,
            Entry::Example(..) => Vary::Made,
            _ if self.ordinal == 0 => Vary::Made,
            _ => Vary::Samples,
        }
    }

    fn steer_of(&self, request: &Request, place: &Place) -> Option<&'a sentinel_core::steer::Steer> {
        self.is_focused(request, place).then(|| self.entry.variation())?.map(|variation| &variation.steer)
    }

    /// Whether the case is about this place.
    fn is_focused(&self, request: &Request, place: &Place) -> bool {
        let focused = self.entry.spot().filter(|_| std::ptr::eq(request, self.request)).map(|spot| spot.of(request));
        focused.is_some_and(|focused| std::ptr::eq(focused, place))
    }

    /// All values of a request, drawn from the streams of this part of the case.
    fn draft<'r>(&self, request: &'r Request, mode: Mode, part: Part, vary: Vary) -> Result<Draft<'r>, GaveUp> {
        let mut draft = Draft::new(request);
        let last = request.path.last().filter(|_| request.operation.method == "PUT");
        for (index, place) in request.places.iter().enumerate() {
            let mut draws = self.state.stream(place.hash(part));
            let is_sent = self.is_focused(request, place)
                || place.required
                || (place.room.is_some() && (mode == Mode::Full || (mode == Mode::Random && draws.below(2) == 1)));
            if self.is_focused(request, place) && matches!(self.entry, Entry::EmptyValue(_)) {
                draft.set(&place.key, Value::text(""));
            } else if is_sent {
                let vary = if last == Some(&index) { Vary::All } else { Vary::Nothing };
                let (value, certain) =
                    place.fill(self.compiler, &mut draws, mode, vary, self.steer_of(request, place))?;
                draft.certain &= certain;
                draft.set(&place.key, value);
            }
        }
        if let Some(body) = self.body(request, mode, part)? {
            let mut draws = self.state.stream(body.hash(part));
            let (value, certain) = body.fill(self.compiler, &mut draws, mode, vary, self.steer_of(request, body))?;
            draft.body = value;
            draft.certain &= certain;
            draft.media_type.clone_from(&body.media_type);
        }
        Ok(draft)
    }

    /// The body that the request gets: where it is optional, as one goes with the method, and at random three times in four.
    fn body<'r>(&self, request: &'r Request, mode: Mode, part: Part) -> Result<Option<&'r Place>, GaveUp> {
        let why_not = |body: &Place| body.gave_up(&self.compiler.node(body.node).why_not(self.compiler));
        let usable: Vec<&Place> = request.bodies.iter().filter(|body| body.room.is_some()).collect();
        let Some(best) = usable.first() else {
            return match request.bodies.first() {
                Some(body) if request.body_required => Err(why_not(body)),
                _ => Ok(None),
            };
        };
        let own = Some(self.entry).filter(|_| std::ptr::eq(request, self.request));
        if let Some(Entry::Media(index)) = own {
            let body = &request.bodies[*index];
            return if body.room.is_none() { Err(why_not(body)) } else { Ok(Some(body)) };
        }
        if let Some(Spot::Body(index)) = own.and_then(Entry::spot) {
            return Ok(Some(&request.bodies[index]));
        }
        if mode == Mode::Random {
            let mut draws = self.state.stream(PlaceHash::new(&format!("{}media", part.prefix())));
            if !request.body_required && draws.below(4) == 3 {
                return Ok(None);
            }
            return Ok(Some(if usable.len() > 1 { usable[draws.index(usable.len())] } else { best }));
        }
        let is_wanted = request.body_required || mode == Mode::Full || has_body_method(request);
        Ok(is_wanted.then_some(*best))
    }

    /// The steps before the attempt. `used`: the last path parameter names an object that is known.
    fn before(&self, draft: &mut Draft, used: bool) -> Result<Vec<Step>, GaveUp> {
        let Some(last) = self.request.path.last().filter(|_| *self.entry != Entry::BareCredentials) else {
            return Ok(vec![]);
        };
        let is_focused = self.request.places[*last].key == self.focus().place;
        if let Some(made) = made_by(self.request, self.requests)
            && !is_focused
            && (self.request.operation.method == "DELETE" || !used)
        {
            let step = self.make(draft, &made)?;
            use_made(draft, &made);
            return Ok(vec![step]);
        }
        let reader = vacancy(self.request, self.requests).filter(|_| !used);
        Ok(reader.map(|reader| vacant_step(draft, reader)).into_iter().collect())
    }

    /// The step that makes the object: a best guess of the maker, below the same parents.
    fn make(&self, attempt: &Draft, made: &MadeBy) -> Result<Step, GaveUp> {
        let mut draft = self.draft(made.request, Mode::Best, Part::Make, Vary::Samples)?;
        self.filler(Focus::default(), Part::Make).fill_others(&mut draft);
        for (index, value) in made.request.path.iter().zip(attempt.path_values()) {
            draft.set(&made.request.places[*index].key, value);
        }
        Ok(make_step(&draft, made))
    }

    /// The places whose best guess is a documented example.
    fn with_example(&self) -> Vec<&'a str> {
        let has_example = |place: &&Place| {
            place.room.is_some_and(|room| {
                let node = self.compiler.node(place.node);
                let first = node.fitting(self.compiler, room)[0];
                first_sample(self.compiler, &node, &node.alternatives(self.compiler)[first]).is_some()
            })
        };
        let places = self.request.places.iter().chain(self.request.bodies.first());
        places.filter(has_example).map(|place| place.key.as_str()).collect()
    }

    fn focus(&self) -> Focus {
        let Some(spot) = self.entry.spot() else { return Focus::default() };
        let variation = self.entry.variation();
        let pointer = variation.map_or("", |variation| &variation.pointer);
        Focus {
            place: format!("{}{pointer}", spot.of(self.request).key),
            sealed: variation.is_some_and(|variation| variation.steer.is_sealed()),
        }
    }

    fn title(&self) -> String {
        match self.entry {
            Entry::Best => "best guess".to_owned(),
            Entry::Full => "with every optional part".to_owned(),
            Entry::BareCredentials => "without credentials".to_owned(),
            Entry::Media(index) => format!("body as {}", self.request.bodies[*index].media_type),
            Entry::Random => "random values".to_owned(),
            Entry::Again => "again".to_owned(),
            Entry::Present(_) => format!("{}: present", self.focus().place),
            Entry::EmptyValue(_) => format!("{}: empty-value", self.focus().place),
            Entry::Example(_, Variation { label, .. }) | Entry::Try(_, Variation { label, .. }) => {
                format!("{}: {label}", self.focus().place)
            }
        }
    }

    /// What the case covers.
    fn classes(&self, draft: &Draft) -> Vec<String> {
        let media = || format!("media/{}", draft.media_type);
        match self.entry {
            Entry::BareCredentials => vec!["credential/absent".to_owned()],
            Entry::Media(_) => vec![media()],
            Entry::Present(_) | Entry::EmptyValue(_) | Entry::Example(..) | Entry::Try(..) => {
                vec![self.title().replacen(": ", ":", 1)]
            }
            Entry::Again => vec![], // whatever it covers, the best guess did
            Entry::Best | Entry::Full | Entry::Random => {
                let present = draft.keys().map(|key| format!("{key}:present"));
                present.chain((!draft.media_type.is_empty()).then(media)).collect()
            }
        }
    }
}

/// Whether requests of this method mostly have a body.
fn has_body_method(request: &Request) -> bool {
    matches!(request.operation.method.as_str(), "POST" | "PUT" | "PATCH")
}
