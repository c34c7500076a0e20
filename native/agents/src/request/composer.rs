//! A request with its values and the steps before it (GENERATION.md, sections 12 to 14).

use std::collections::HashMap;

use sentinel_core::maker::{GaveUp, Mode, Vary};
use sentinel_core::places::{Part, Place, Request};
use sentinel_core::random::CaseState;
use sentinel_core::steer::Steer;
use sentinel_wire::Value;
use sentinel_wire::answer::Step;
use sentinel_wire::job::Job;

use super::draft::Draft;
use super::making::{MadeBy, make_step, use_made, vacancy, vacant_step};
use super::slots::{Filler, Focus};
use super::{Known, Spot};

/// What of a request is not as it would be.
#[derive(Debug, Clone, Default)]
pub struct Choice<'a> {
    /// A place that is sent.
    pub spot: Option<Spot>,
    /// By way of which it is made.
    pub steer: Option<&'a Steer>,
    /// Or empty.
    pub empty_value: bool,
    /// Optional parameters, by their indices, that are sent as well.
    pub also: &'a [usize],
    /// The index of the body.
    pub body: Option<usize>,
    /// There is none.
    pub bodyless: bool,
    /// What slots leave alone.
    pub focus: Focus,
}

/// Makes the attempt of one case and what must be there before it.
pub struct Composer<'a> {
    /// The slice.
    pub known: &'a Known,
    /// What is asked.
    pub job: &'a Job,
    /// The attempt's.
    pub request: &'a Request,
    /// Of the case.
    pub state: CaseState,
    /// What is special about it.
    pub choice: Choice<'a>,
    /// Slots take the most likely object.
    pub first: bool,
    /// Slots beside the path are sometimes left as they are.
    pub random: bool,
}

impl<'a> Composer<'a> {
    /// All values of the attempt's request. `vary` is the body's.
    ///
    /// # Errors
    ///
    /// Where a value that the request needs could not be made.
    pub fn draft(&self, mode: Mode, vary: Vary) -> Result<Draft<'a>, GaveUp> {
        self.draft_of(self.request, &self.choice, mode, Part::Attempt, vary)
    }

    /// What fills the attempt's slots.
    pub fn filler(&self) -> Filler<'a> {
        self.filler_of(self.choice.focus.clone(), Part::Attempt)
    }

    fn filler_of(&self, focus: Focus, part: Part) -> Filler<'a> {
        Filler {
            compiler: &self.known.compiler,
            job: self.job,
            state: self.state,
            first: self.first || part == Part::Make,
            random: self.random,
            focus,
            part,
            streams: HashMap::new(),
        }
    }

    /// The steps before the attempt. `used`: the last path parameter names an object that is known.
    ///
    /// # Errors
    ///
    /// Where a value that they need could not be made.
    pub fn before(&self, draft: &mut Draft, used: bool) -> Result<Vec<Step>, GaveUp> {
        let Some(last) = self.request.path.last() else { return Ok(vec![]) };
        let is_focused = self.choice.focus.forbids(&self.request.places[*last].key);
        if let Some(made) = self.known.makers.get(&self.request.operation.key)
            && !is_focused
            && (self.request.operation.method == "DELETE" || !used)
        {
            let step = self.make(draft, made)?;
            use_made(draft, made);
            return Ok(vec![step]);
        }
        let reader = vacancy(self.request, &self.known.requests).filter(|_| !used);
        Ok(reader.map(|reader| vacant_step(draft, reader)).into_iter().collect())
    }

    /// The step that makes the object: a best guess of the maker, below the same parents.
    fn make(&self, attempt: &Draft, made: &MadeBy) -> Result<Step, GaveUp> {
        let Some(maker) = self.known.requests.get(&made.maker) else {
            return Err(GaveUp("gave up: no maker".to_owned()));
        };
        let mut draft = self.draft_of(maker, &Choice::default(), Mode::Best, Part::Make, Vary::Samples)?;
        self.filler_of(Focus::default(), Part::Make).fill_others(&mut draft);
        for (index, value) in maker.path.iter().zip(attempt.path_values()) {
            draft.set(&maker.places[*index].key, value);
        }
        Ok(make_step(&draft, made))
    }

    /// All values of a request, drawn from the streams of this part of the case.
    fn draft_of<'r>(
        &self,
        request: &'r Request,
        choice: &Choice,
        mode: Mode,
        part: Part,
        vary: Vary,
    ) -> Result<Draft<'r>, GaveUp> {
        let compiler = &self.known.compiler;
        let mut draft = Draft::new(request);
        let last = request.path.last().filter(|_| request.operation.method == "PUT");
        for (index, place) in request.places.iter().enumerate() {
            let is_focused = choice.spot == Some(Spot::Parameter(index));
            let mut draws = self.state.stream(place.hash(part));
            let is_sent = is_focused
                || place.required
                || choice.also.contains(&index)
                || (place.room.is_some() && (mode == Mode::Full || (mode == Mode::Random && draws.below(2) == 1)));
            if is_focused && choice.empty_value {
                draft.set(&place.key, Value::text(""));
            } else if is_sent {
                let vary = if last == Some(&index) { Vary::All } else { Vary::Nothing };
                let steer = choice.steer.filter(|_| is_focused);
                let (value, certain) = place.fill(compiler, &mut draws, mode, vary, steer)?;
                draft.certain &= certain;
                draft.set(&place.key, value);
            }
        }
        draft.certain &= !request.is_written_twice(|key| draft.get(key));
        let body = match choice.body {
            _ if choice.bodyless => None,
            Some(index) => Some(index),
            None => self.body(request, mode, part)?,
        };
        if let Some(index) = body {
            let body = &request.bodies[index];
            let mut draws = self.state.stream(body.hash(part));
            let steer = choice.steer.filter(|_| choice.spot == Some(Spot::Body(index)));
            let (value, certain) = body.fill(compiler, &mut draws, mode, vary, steer)?;
            draft.body = value;
            draft.certain &= certain;
            draft.media_type.clone_from(&body.media_type);
        }
        Ok(draft)
    }

    /// The body that the request gets: where it is optional, as one goes with the method, and at random three times in four.
    fn body(&self, request: &Request, mode: Mode, part: Part) -> Result<Option<usize>, GaveUp> {
        let is_usable = |(_, body): &(usize, &Place)| body.room.is_some();
        let usable: Vec<usize> = request.bodies.iter().enumerate().filter(is_usable).map(|(index, _)| index).collect();
        let Some(best) = usable.first().copied() else {
            return match request.bodies.first() {
                Some(body) if request.body_required => Err(self.why_not(body)),
                _ => Ok(None),
            };
        };
        if mode == Mode::Random {
            let mut draws = self.state.stream(request.media_hash(part));
            if !request.body_required && draws.below(4) == 3 {
                return Ok(None);
            }
            return Ok(Some(if usable.len() > 1 { usable[draws.index(usable.len())] } else { best }));
        }
        let is_wanted = request.body_required || mode == Mode::Full || has_body_method(request);
        Ok(is_wanted.then_some(best))
    }

    /// Why nothing can be made of a body.
    pub fn why_not(&self, body: &Place) -> GaveUp {
        body.gave_up(&self.known.compiler.node(body.node).why_not(&self.known.compiler).told())
    }
}

/// Whether requests of this method mostly have a body.
pub fn has_body_method(request: &Request) -> bool {
    matches!(request.operation.method.as_str(), "POST" | "PUT" | "PATCH")
}
