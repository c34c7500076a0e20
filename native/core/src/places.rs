//! What a request of an operation is made of: parameters and bodies as places, each with its node (GENERATION.md, section 11).

use std::cell::OnceCell;
use std::collections::HashSet;
use std::rc::Rc;

use sentinel_wire::api::{MediaType, Operation, Parameter};
use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::existence::Existence;
use crate::kind::Kind;
use crate::maker::{GaveUp, Maker, Mode, Vary};
use crate::media::{bare, concrete, is_binary, is_json, rank};
use crate::random::{Draws, PlaceHash};
use crate::realm::Realm;
use crate::schema::{MAX_ROOM, NodeId};
use crate::sent::{FORMS, Written};
use crate::steer::Steer;
use crate::verdict::satisfies;
use crate::ways::{Way, exploded_of, is_exploded, is_written_twice};

/// Levels of nesting that values mostly may have.
pub const ROOM: i32 = 5;
const TRIES: usize = 8;

/// Which step of a case a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The request that the case is about.
    Attempt = 0,
    /// The request that makes what the attempt needs.
    Make = 1,
}

impl Part {
    /// What stands before the names of its streams.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Attempt => "",
            Self::Make => "make/",
        }
    }
}

/// One parameter, or the body in one media type.
#[derive(Debug)]
pub struct Place {
    /// Names its stream: `query/limit`, `body`.
    pub key: String,
    hashes: [PlaceHash; 2],
    /// Of the parameter, or `body`.
    pub name: String,
    /// What its values must be.
    pub node: NodeId,
    /// Where its values stand.
    pub realm: Realm,
    /// Levels of nesting that its values may have; None: nothing can be made of it.
    pub room: Option<i32>,
    /// Whether a valid request must have it.
    pub required: bool,
    /// Of a parameter; empty: a body.
    pub location: String,
    /// Of a body.
    pub media_type: String,
    /// How its values are written.
    pub written: Written,
    /// Whether `name=` is valid, whatever the schema.
    pub empty_value: bool,
    /// How a parameter is, as far as values could be read as others.
    way: Option<Way>,
    /// The same of the members of a form.
    ways: Vec<(String, Way)>,
    /// Of which of its members, or of a query itself, an object is written as its members.
    exploded: Vec<String>,
    /// By mode and what is varied: what [`Place::fill`] made without drawing, which it makes every time.
    fixed: [[OnceCell<(Value, bool)>; 4]; 3],
}

/// What an operation's request is made of.
#[derive(Debug)]
pub struct Request {
    /// The operation.
    pub operation: Rc<Operation>,
    /// Its parameters, in order.
    pub places: Vec<Place>,
    /// Which of them are path parameters, by their place in the path.
    pub path: Vec<usize>,
    /// Its bodies, best first.
    pub bodies: Vec<Place>,
    /// Whether there must be one.
    pub body_required: bool,
    /// Whether requests can have all headers that they must have.
    pub complete: bool,
    /// Query parameters of which an object, which they may be, is written as its members.
    exploded: Vec<String>,
    media_hashes: [PlaceHash; 2],
}

impl Request {
    /// Compiles an operation's inputs.
    pub fn new(compiler: &Compiler, operation: Rc<Operation>) -> Self {
        let is_header = |parameter: &Parameter| parameter.location == "header";
        let is_used = |parameter: &&Parameter| !is_header(parameter) || !is_ignored(&parameter.name);
        let complete = !operation.parameters.iter().any(|one| one.required && is_header(one) && is_unsaid(&one.name));
        let places: Vec<Place> =
            operation.parameters.iter().filter(is_used).map(|parameter| Place::of(compiler, parameter)).collect();
        let by_name = |name: &str| places.iter().rposition(|place| place.location == "path" && place.name == name);
        let path = template_names(&operation.path).filter_map(by_name).collect();
        let mut content: Vec<&MediaType> = operation.body.iter().flat_map(|body| &body.content).collect();
        content.sort_by_key(|media| rank(&media.media_type));
        let bodies = content.into_iter().map(|media| Place::of_body(compiler, media)).collect();
        let body_required = operation.body.as_ref().is_some_and(|body| body.required);
        let may_be_object = |place: &&Place| {
            compiler.node(place.node).alternatives(compiler).iter().any(|flat| flat.kinds.has(Kind::Object))
        };
        let exploded = places.iter().filter(may_be_object).flat_map(|place| place.exploded.clone()).collect();
        Self { operation, places, path, bodies, body_required, complete, exploded, media_hashes: hashes("media") }
    }

    /// Whether two parameters of the query, by the key of their place, are written under one name.
    pub fn is_written_twice<'a>(&'a self, value: impl Fn(&'a str) -> Option<&'a Value>) -> bool {
        let of_query = self.places.iter().filter(|place| place.location == "query");
        let sent = of_query.filter_map(|place| Some((place.name.as_str(), value(&place.key)?)));
        !self.exploded.is_empty() && is_written_twice(sent, &self.exploded)
    }

    /// The number of the stream by which a media type is chosen.
    #[must_use]
    pub const fn media_hash(&self, part: Part) -> PlaceHash {
        self.media_hashes[part as usize]
    }
}

/// Headers that are no parameters: what bodies, answers and identities say (`OpenAPI` 3.1, 4.8.12.2.1), and the client.
fn is_ignored(name: &str) -> bool {
    let said = ["accept", "authorization", "content-type", "content-length", "host"];
    said.iter().any(|ignored| name.eq_ignore_ascii_case(ignored)) || is_unsaid(name)
}

/// Headers that no request has: the client's to say, which it does not (RFC 9110, 7.6.1 and 10.1.1).
fn is_unsaid(name: &str) -> bool {
    ["connection", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]
        .iter()
        .any(|unsaid| name.eq_ignore_ascii_case(unsaid))
}

/// The names in braces of a path.
fn template_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

impl Place {
    fn of(compiler: &Compiler, parameter: &Parameter) -> Self {
        let node = with_examples(compiler, parameter.schema.clone(), &parameter.examples);
        let key = format!("{}/{}", parameter.location, parameter.name);
        let required = parameter.required || parameter.location == "path";
        Self {
            hashes: hashes(&key),
            key,
            name: parameter.name.clone(),
            node,
            realm: match parameter.location.as_str() {
                "path" => Realm::Path,
                "query" => Realm::Query,
                "header" => Realm::Header,
                _ => Realm::Cookie,
            },
            room: room(compiler, node),
            required,
            location: parameter.location.clone(),
            media_type: String::new(),
            written: Written::of_parameter(parameter, required),
            // OpenAPI 3.1, 4.8.12.2: of query parameters, and not in styles in which nothing stands for empty (4.8.12.3).
            empty_value: parameter.allow_empty_value
                && parameter.location == "query"
                && parameter.style == "form"
                && parameter.media_type.is_empty(),
            way: Way::of(parameter),
            ways: vec![],
            exploded: if parameter.location == "query"
                && parameter.media_type.is_empty()
                && is_exploded(&parameter.style, parameter.explode)
            {
                vec![parameter.name.clone()]
            } else {
                vec![]
            },
            fixed: Default::default(),
        }
    }

    fn of_body(compiler: &Compiler, media: &MediaType) -> Self {
        let media_type = concrete(&media.media_type).to_owned();
        let bare = bare(&media_type);
        let is_empty = media.schema == Value::Null;
        let realm = if is_json(&bare) { Realm::Json } else { Realm::Form };
        let says_nothing = is_empty || media.schema == Value::Bool(true) || media.schema == Map::new().into();
        let schema = match realm {
            Realm::Json if says_nothing && media.examples.is_empty() => empty_object(),
            Realm::Json if says_nothing => Value::Bool(true),
            Realm::Form if says_nothing && media.examples.is_empty() && FORMS.contains(&bare.as_str()) => {
                empty_object()
            }
            Realm::Form if is_empty && FORMS.contains(&bare.as_str()) => empty_object(),
            Realm::Form if is_empty && bare.starts_with("text/") => schema_of([("type", "string")]),
            Realm::Form if is_empty || is_binary(&bare) => bytes_schema(compiler, &media.schema),
            _ => media.schema.clone(),
        };
        let node = with_examples(compiler, schema, &media.examples);
        Self {
            hashes: hashes("body"),
            key: "body".to_owned(),
            name: "body".to_owned(),
            node,
            realm,
            room: room(compiler, node),
            required: true,
            location: String::new(),
            ways: match FORMS.iter().position(|form| *form == bare) {
                Some(0) => Way::of_members(&media.encoding),
                Some(_) => Way::of_parts(&media.encoding),
                None => vec![],
            },
            exploded: if FORMS.contains(&bare.as_str()) {
                exploded_of(&media.encoding, bare == FORMS[0])
            } else {
                vec![]
            },
            media_type,
            written: Written::of_body(&bare, media),
            empty_value: false,
            way: None,
            fixed: Default::default(),
        }
    }

    /// The number of its stream in the attempt, or in the step that makes what the attempt needs.
    #[must_use]
    pub const fn hash(&self, part: Part) -> PlaceHash {
        self.hashes[part as usize]
    }

    /// A value that can be sent there, and whether it is certain to be valid.
    ///
    /// Where generation does not guarantee that, the validator decides; what is not said how to write is never certain. Tried eight times: as
    /// asked, then with everything optional (or only the best guess), then at random; when the validator accepts none, it is the first of
    /// them, uncertain.
    ///
    /// # Errors
    ///
    /// Where none of them could be made and sent there.
    pub fn fill(
        &self,
        compiler: &Compiler,
        draws: &mut Draws,
        mode: Mode,
        vary: Vary,
        steer: Option<&Steer>,
    ) -> Result<(Value, bool), GaveUp> {
        if steer.is_some() {
            return self.filled(compiler, draws, mode, vary, steer);
        }
        let always = &self.fixed[mode as usize][vary as usize];
        if let Some(known) = always.get() {
            return Ok(known.clone());
        }
        let begun = draws.clone();
        let filled = self.filled(compiler, draws, mode, vary, None)?;
        if *draws == begun {
            always.get_or_init(|| filled.clone());
        }
        Ok(filled)
    }

    fn filled(
        &self,
        compiler: &Compiler,
        draws: &mut Draws,
        mode: Mode,
        vary: Vary,
        steer: Option<&Steer>,
    ) -> Result<(Value, bool), GaveUp> {
        let node = compiler.node(self.node);
        let Some(room) = self.room else { return Err(self.gave_up(&node.why_not(compiler).told())) };
        let mut maker = Maker { compiler, draws, mode, room, realm: self.realm, vary, made: 0, doubtful: false };
        let mut uncertain = None;
        let mut reason = Existence::gave_up("no value that can be sent there");
        for attempt in 0..TRIES {
            match attempt {
                0 => {}
                1 => maker.mode = if mode == Mode::Full { Mode::Best } else { Mode::Full },
                _ => maker.mode = Mode::Random,
            }
            match maker.make(&node, &self.name, steer) {
                Err(why) => reason = why,
                Ok(value) if self.realm.can_hold(&value) && self.written.can_be_sent(&value) => {
                    let is_doubtful = maker.doubtful || is_doubtful(compiler, self.node);
                    let is_certain = !is_doubtful || satisfies(compiler, &node, &value);
                    if is_certain && self.tells(&value) && self.is_whole(compiler, &value) {
                        return Ok((value, true));
                    }
                    uncertain.get_or_insert(value);
                }
                Ok(_) => {}
            }
        }
        uncertain.map(|value| (value, false)).ok_or_else(|| self.gave_up(&reason.told()))
    }

    /// Whether the value, as it is written there, can be told from every other.
    #[must_use]
    pub fn tells(&self, value: &Value) -> bool {
        if let Some(way) = self.way {
            return way.tells(value);
        }
        let Value::Map(map) = value else { return true };
        if self.location.is_empty() && !self.exploded.is_empty() && is_written_twice(map.iter(), &self.exploded) {
            return false;
        }
        self.ways.iter().all(|(name, way)| map.get(name).is_none_or(|item| way.tells(item)))
    }

    /// Whether it is said how the value is written, and it is right without the parts that are not sent.
    fn is_whole(&self, compiler: &Compiler, value: &Value) -> bool {
        if self.written.is_whole() {
            return true;
        }
        if !self.written.is_defined(value) {
            return false;
        }
        let sent = self.written.sent(value);
        sent == *value || satisfies(compiler, &compiler.node(self.node), &sent)
    }

    /// That nothing was made for this place.
    #[must_use]
    pub fn gave_up(&self, why: &str) -> GaveUp {
        GaveUp(format!("{}: {why}", self.key))
    }
}

fn hashes(key: &str) -> [PlaceHash; 2] {
    [Part::Attempt, Part::Make].map(|part| PlaceHash::new(&format!("{}{key}", part.prefix())))
}

fn with_examples(compiler: &Compiler, schema: Value, examples: &[Value]) -> NodeId {
    if examples.is_empty() {
        return compiler.node_of(&[schema]);
    }
    let beside: Map = [("examples".to_owned(), examples.to_vec().into())].into_iter().collect();
    compiler.node_of(&[beside.into(), schema])
}

fn room(compiler: &Compiler, node: NodeId) -> Option<i32> {
    compiler.node(node).least_room(compiler).map(|least| least.clamp(ROOM, MAX_ROOM))
}

fn schema_of<const N: usize>(pairs: [(&str, &str); N]) -> Value {
    pairs.into_iter().map(|(keyword, value)| (keyword.to_owned(), value.into())).collect::<Map>().into()
}

/// Bytes, of the lengths that the document says of them: an octet is a character here (`OpenAPI` 3.1.1, 4.8.24.4).
fn bytes_schema(compiler: &Compiler, schema: &Value) -> Value {
    let mut bytes = vec![("format".to_owned(), Value::from("binary"))];
    if *schema != Value::Null {
        let node = compiler.node(compiler.node_of(&[schema.clone(), schema_of([("type", "string")])]));
        if let Some(flat) = node.alternatives(compiler).first() {
            let count = |keyword: &str, count: u64| (keyword.to_owned(), Value::integer(&count.to_string()));
            bytes.extend(flat.max_length.map(|high| count("maxLength", high)));
            bytes.extend((flat.min_length > 0).then(|| count("minLength", flat.min_length)));
        }
    }
    bytes.push(("type".to_owned(), "string".into()));
    bytes.into_iter().collect::<Map>().into()
}

fn empty_object() -> Value {
    [("const".to_owned(), Map::new().into())].into_iter().collect::<Map>().into()
}

/// Whether a keyword that generation does not guarantee is anywhere within reach of the node.
fn is_doubtful(compiler: &Compiler, root: NodeId) -> bool {
    *compiler.node(root).doubtful.get_or_init(|| {
        let mut seen = HashSet::from([root]);
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            for flat in compiler.node(id).alternatives(compiler) {
                if flat.risky {
                    return true;
                }
                waiting.extend(flat.children(compiler).into_iter().filter(|child| seen.insert(*child)));
            }
        }
        false
    })
}
