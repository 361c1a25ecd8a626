//! Why a checkpoint or a text cannot be used.

use super::family::EncoderFamily;
use super::files::Found;
use relata_training::TensorReadError;
use safetensors::Dtype;
use std::path::PathBuf;
use thiserror::Error;

/// Why a checkpoint or a text cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A file that cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A directory without the files of a checkpoint.
    #[error(
        "{path} has no {what}; a checkpoint is a directory with config.json, model.safetensors (or \
         model.safetensors.index.json and the files that it names) and tokenizer.json (or vocab.txt, or vocab.json and \
         merges.txt)"
    )]
    Absent {
        /// The directory.
        path: PathBuf,
        /// The file that is not there.
        what: String,
    },
    /// A file that is cut short, damaged, or not what its name says.
    #[error("{path} is damaged or was not written to its end: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Something else than the file: what a download that failed has left.
    #[error("{path} is {what}")]
    Disguised {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        what: &'static str,
    },
    /// One file of weights and an index of several.
    #[error(
        "{path} has model.safetensors and also model.safetensors.index.json with its files ({shard} and others), so that \
         there are two sets of weights; remove one of them"
    )]
    TwoModels {
        /// The directory.
        path: PathBuf,
        /// A file of the index.
        shard: String,
    },
    /// An index that sends a tensor to a file without it.
    #[error("{index} says that tensor `{name}` is in {file}, which does not have it: {found}")]
    WrongShard {
        /// The tensor.
        name: String,
        /// The index.
        index: PathBuf,
        /// The file that it names.
        file: String,
        /// The file that has the tensor.
        found: Found,
    },
    /// An index that names a file outside of its directory.
    #[error("{index} says that tensor `{name}` is in `{file}`; files must be in the directory of the index")]
    Outside {
        /// The index.
        index: PathBuf,
        /// The tensor.
        name: String,
        /// The path.
        file: String,
    },
    /// A file of the directory that is a link to elsewhere.
    #[error(
        "{file} is a link to {target}, outside of the directory of the model and of its cache; copy the file into          the directory"
    )]
    Link {
        /// The link.
        file: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// An architecture that is not known here.
    #[error(
        "the architecture is `{found}`; encoders of the families bert, gpt2, distilbert, roberta (xlm-roberta, camembert), \
         mpnet and electra, and decoders of the families llama, mistral, qwen2, qwen3, gemma and gpt_neox, can be read"
    )]
    Architecture {
        /// What config.json names.
        found: String,
    },
    /// Neither config.json nor the tensors name an architecture.
    #[error(
        "config.json has neither model_type nor architectures, and the tensors ({}) are not those of a known family; name \
         the model_type: bert, gpt2, distilbert, roberta, mpnet or electra",
        example.as_deref().map_or_else(|| "there are none".to_owned(), |e| format!("`{e}` for instance"))
    )]
    Unrecognised {
        /// The name of a tensor.
        example: Option<String>,
    },
    /// A variant of a family that computes something else.
    #[error("config.json says {field} = {found}; {expected}")]
    Variant {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// What can be computed.
        expected: &'static str,
    },
    /// A field of the configuration that is absent or out of range.
    #[error("config.json: {field} is {found}; {expected}")]
    Config {
        /// The field.
        field: &'static str,
        /// What was found.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The heads do not share the width evenly.
    #[error("the width {width} is not a multiple of the {heads} heads, so that there is no head dimension")]
    HeadDimension {
        /// The model dimension.
        width: usize,
        /// The number of heads.
        heads: usize,
    },
    /// No tensor has the name of the word embeddings.
    #[error("no tensor's name ends in `{ending}`, so that these are not the weights of a {family} encoder")]
    Foreign {
        /// The family of the configuration.
        family: EncoderFamily,
        /// The ending that every such checkpoint has.
        ending: &'static str,
    },
    /// A tensor that is not there.
    #[error("tensor `{name}` is missing; config.json asks for {layers} layers")]
    Missing {
        /// Its name.
        name: String,
        /// Layers of the configuration.
        layers: usize,
    },
    /// A tensor of another shape.
    #[error("tensor `{name}` is {found:?}; config.json asks for {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape of the configuration.
        expected: Vec<usize>,
    },
    /// A tensor whose entries are not floating-point numbers of 16, 32 or 64 bits.
    #[error("tensor `{name}` holds {found:?}; F16, BF16, F32 and F64 can be read")]
    Type {
        /// Its name.
        name: String,
        /// The type of its entries.
        found: Dtype,
    },
    /// A NaN or an infinity among the weights, or a number that f32 does not hold.
    #[error("entry {index} of tensor `{name}` is {value} as f32; every weight must be finite")]
    NonFinite {
        /// Its name.
        name: String,
        /// The entry, in row-major order.
        index: usize,
        /// What was found.
        value: f32,
    },
    /// The hidden states overflowed.
    #[error(
        "the hidden states before layer {layer} are not finite: the weights do not belong to this architecture"
    )]
    Overflow {
        /// The layer, from 0; the number of layers stands for the output.
        layer: usize,
    },
    /// A text without words.
    #[error("the text is empty")]
    EmptyText,
    /// The tokenizer refused a text, or a file does not describe a tokenizer.
    #[error("the tokenizer: {0}")]
    Tokenizer(String),
    /// A file that does not describe a tokenizer.
    #[error("{path} does not describe a tokenizer: {reason}")]
    TokenizerFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A tokenizer in a format that is not read here.
    #[error(
        "{path} is a SentencePiece model, which is not read here; write tokenizer.json beside it, which \
         `transformers.AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)` does where the packages \
         transformers, sentencepiece and protobuf are installed"
    )]
    SentencePiece {
        /// The file.
        path: PathBuf,
    },
    /// The tokenizer gives a token that has no embedding.
    #[error(
        "the text has the token `{token}`, number {id} of the tokenizer's {tokens}, and the model has embeddings for the \
         tokens below {vocabulary} only: tokenizer and weights belong to different models"
    )]
    Unembedded {
        /// The token.
        token: String,
        /// Its number.
        id: u32,
        /// Tokens that the tokenizer knows.
        tokens: usize,
        /// Embeddings that there are.
        vocabulary: usize,
    },
    /// More tokens than the model has positions.
    #[error(
        "the text is {tokens} tokens and the model reads at most {context}; cut it into windows (`Overlong::Windows`), or keep its \
         beginning (`Overlong::Truncate`)"
    )]
    TooLong {
        /// Tokens of the text, with the special ones.
        tokens: usize,
        /// Positions of the model.
        context: usize,
    },
    /// A window that holds no token of the text, or more than the model reads.
    #[error(
        "a window of {window} tokens; the model reads at most {context} and needs {special} for special tokens alone"
    )]
    Window {
        /// The length asked for.
        window: usize,
        /// Positions of the model.
        context: usize,
        /// Special tokens that are added to each window.
        special: usize,
    },
    /// A token that has no embedding.
    #[error("token {id} at position {position} is outside the vocabulary of {vocabulary}")]
    Token {
        /// Its number.
        id: u32,
        /// Where it stands.
        position: usize,
        /// Embeddings that there are.
        vocabulary: usize,
    },
    /// A layer or head that the model does not have.
    #[error("there is no {what} {found}; they are numbered from 0 and there are {count}")]
    Number {
        /// `layer` or `head`.
        what: &'static str,
        /// What was asked for.
        found: usize,
        /// How many there are.
        count: usize,
    },
    /// The hidden states could not be read from the device.
    #[error(transparent)]
    Read(#[from] TensorReadError),
}
