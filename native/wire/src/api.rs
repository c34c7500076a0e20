//! The API under test as agents see it: an [`ApiSlice`], which is read only. Fields and defaults are those of
//! `pipeline/messages`, where each is explained.

use crate::error::WireError;
use crate::fields::{Fields, Read};
use crate::value::{Map, Value};

/// One parameter of an operation.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "OpenAPI has them")]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub location: String,
    /// A JSON Schema.
    pub schema: Value,
    /// Whether a valid request must have it.
    pub required: bool,
    /// How it is serialised.
    pub style: String,
    /// How it is serialised.
    pub explode: bool,
    /// How it is serialised.
    pub allow_reserved: bool,
    /// Whether it may be sent without a value.
    pub allow_empty_value: bool,
    /// Of the parameter's `content`; empty: serialised by style.
    pub media_type: String,
    /// Documented values.
    pub examples: Vec<Value>,
    /// Whether it should not be used any more.
    pub deprecated: bool,
}

impl Read for Parameter {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            name: fields.need("name")?,
            location: fields.need("location")?,
            schema: fields.get_or("schema", Value::Bool(true))?,
            required: fields.get("required")?,
            style: fields.get_or("style", "simple".to_owned())?,
            explode: fields.get("explode")?,
            allow_reserved: fields.get("allow_reserved")?,
            allow_empty_value: fields.get("allow_empty_value")?,
            media_type: fields.get("media_type")?,
            examples: fields.get("examples")?,
            deprecated: fields.get("deprecated")?,
        })
    }
}

/// A documented response or part header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// A JSON Schema.
    pub schema: Value,
    /// Whether it is always there.
    pub required: bool,
}

impl Read for Header {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            name: fields.need("name")?,
            schema: fields.get_or("schema", Value::Bool(true))?,
            required: fields.get("required")?,
        })
    }
}

/// How one property of a form or multipart body is serialised.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// The property.
    pub name: String,
    /// Media type of its part; empty: the default of its schema.
    pub content_type: String,
    /// As of a query parameter.
    pub style: String,
    /// As of a query parameter.
    pub explode: bool,
    /// As of a query parameter.
    pub allow_reserved: bool,
    /// Its style counts in multipart, too, and the content type does not.
    pub styled: bool,
    /// Headers of its part.
    pub headers: Vec<Header>,
}

impl Read for Encoding {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            name: fields.need("name")?,
            content_type: fields.get("content_type")?,
            style: fields.get_or("style", "form".to_owned())?,
            explode: fields.get_or("explode", true)?,
            allow_reserved: fields.get("allow_reserved")?,
            styled: fields.get("styled")?,
            headers: fields.get("headers")?,
        })
    }
}

/// One entry of a `content` map.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaType {
    /// Its key.
    pub media_type: String,
    /// A JSON Schema; `Null` where the document gives none.
    pub schema: Value,
    /// Documented values.
    pub examples: Vec<Value>,
    /// Of properties that are not serialised by default.
    pub encoding: Vec<Encoding>,
}

impl Read for MediaType {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            media_type: fields.need("media_type")?,
            schema: fields.get("schema")?,
            examples: fields.get("examples")?,
            encoding: fields.get("encoding")?,
        })
    }
}

/// What an operation takes as a body.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestBody {
    /// Its forms.
    pub content: Vec<MediaType>,
    /// Whether a valid request must have one.
    pub required: bool,
}

impl Read for RequestBody {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self { content: fields.need("content")?, required: fields.get("required")? })
    }
}

/// A documented link.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Key of the operation it leads to.
    pub operation: String,
    /// Values or runtime expressions for its parameters.
    pub parameters: Map,
    /// Value or runtime expression for its body.
    pub body: Value,
}

impl Read for Link {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            name: fields.need("name")?,
            operation: fields.need("operation")?,
            parameters: fields.get("parameters")?,
            body: fields.get("body")?,
        })
    }
}

/// What one status promises.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// `200`, `4XX` or `default`.
    pub status: String,
    /// Documented headers.
    pub headers: Vec<Header>,
    /// Documented bodies.
    pub content: Vec<MediaType>,
    /// Documented links.
    pub links: Vec<Link>,
}

impl Read for Response {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            status: fields.need("status")?,
            headers: fields.get("headers")?,
            content: fields.get("content")?,
            links: fields.get("links")?,
        })
    }
}

/// An input that another operation's answers can fill.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// `path/NAME`, `query/NAME`, `header/NAME` or `body/POINTER`.
    pub place: String,
    /// Whose objects hold the value.
    pub resource: String,
    /// The first of these that an object has is the value.
    pub fields: Vec<String>,
}

impl Read for Slot {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self { place: fields.need("place")?, resource: fields.need("resource")?, fields: fields.need("fields")? })
    }
}

/// Objects that a 2xx answer of an operation shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Of which resource.
    pub resource: String,
    /// Where in the body; `*` stands for every item.
    pub pointer: String,
    /// Whether the operation creates them.
    pub made: bool,
}

impl Read for Output {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self { resource: fields.need("resource")?, pointer: fields.get("pointer")?, made: fields.get("made")? })
    }
}

/// Scheme names with the scopes each needs; all of them together are one way to be let in.
pub type SecurityRequirement = Vec<(String, Vec<String>)>;

/// One method of one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name everywhere: `GET /pets/{petId}`.
    pub key: String,
    /// In capitals.
    pub method: String,
    /// The template.
    pub path: String,
    /// The document's own name for it.
    pub operation_id: String,
    /// The document's tags.
    pub tags: Vec<String>,
    /// All parameters.
    pub parameters: Vec<Parameter>,
    /// What body it takes.
    pub body: Option<RequestBody>,
    /// What it promises.
    pub responses: Vec<Response>,
    /// Alternatives; none: no credential asked.
    pub security: Vec<SecurityRequirement>,
    /// A base URL of its own.
    pub server: String,
    /// The resource it belongs to.
    pub group: String,
    /// The collection that the path names.
    pub resource: String,
    /// Inputs that other answers can fill.
    pub slots: Vec<Slot>,
    /// Objects that its answers show.
    pub outputs: Vec<Output>,
    /// Key of the operation that creates what this one takes.
    pub maker: String,
    /// Key of the operation that removes what this one makes.
    pub remover: String,
    /// In dependency order.
    pub level: i64,
    /// Where it stands in the document.
    pub pointer: String,
    /// Whether it should not be used any more.
    pub deprecated: bool,
}

impl Read for Operation {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            key: fields.need("key")?,
            method: fields.need("method")?,
            path: fields.need("path")?,
            operation_id: fields.get("operation_id")?,
            tags: fields.get("tags")?,
            parameters: fields.get("parameters")?,
            body: fields.get("body")?,
            responses: fields.get("responses")?,
            security: fields.get("security")?,
            server: fields.get("server")?,
            group: fields.get("group")?,
            resource: fields.get("resource")?,
            slots: fields.get("slots")?,
            outputs: fields.get("outputs")?,
            maker: fields.get("maker")?,
            remover: fields.get("remover")?,
            level: fields.get("level")?,
            pointer: fields.get("pointer")?,
            deprecated: fields.get("deprecated")?,
        })
    }
}

/// What an agent needs of an API for one operation group.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiSlice {
    /// Jobs name it by this.
    pub digest: String,
    /// The operation group.
    pub group: String,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Shared schemas by name.
    pub schemas: Vec<(String, Value)>,
    /// Keys of operations that the document has, too, and that are left out of the run.
    pub others: Vec<String>,
}

impl Read for ApiSlice {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            digest: fields.need("digest")?,
            group: fields.get("group")?,
            operations: fields.get("operations")?,
            schemas: fields.get("schemas")?,
            others: fields.get("others")?,
        })
    }
}
