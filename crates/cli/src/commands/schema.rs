//! `misgen schema`: JSON schemas for editors and for readers of results.

use crate::args::{SchemaArgs, SchemaOf};
use crate::failure::Failure;
use crate::output;
use misgen_core::Registry;
use misgen_evaluate::gate::Baseline;
use misgen_evaluate::record::{CellResult, Summary};
use misgen_sweep::editor::{agent_schema, headed, suite_schema};
use misgen_sweep::external::message::Message;
use schemars::schema_for;

pub(crate) fn schema(args: &SchemaArgs, registry: Registry) -> Result<u8, Failure> {
    let schema = match args.of {
        SchemaOf::Suite => suite_schema(registry),
        SchemaOf::Agent => agent_schema(),
        SchemaOf::Record => headed(schema_for!(CellResult).to_value(), "record", "result.json of misgen"),
        SchemaOf::Summary => headed(schema_for!(Summary).to_value(), "summary", "summary.json of misgen"),
        SchemaOf::Baseline => headed(schema_for!(Baseline).to_value(), "baseline", "A baseline of misgen's gate"),
        SchemaOf::Protocol => {
            headed(schema_for!(Message).to_value(), "protocol", "Messages between misgen and an agent")
        }
    };
    output::json(&schema)?;
    Ok(0)
}
