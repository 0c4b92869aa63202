# SPDX-License-Identifier: Apache-2.0
"""What --json gives, against schemas/NAME.json."""
import json
import pathlib

import jsonschema

SCHEMAS = pathlib.Path(__file__).parent / "schemas"


def check_schema(name, data):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(data)
