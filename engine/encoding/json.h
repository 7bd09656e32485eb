#pragma once

// Canonical JSON for small structured values: docs/formats/encodings.md.
#include "encoding/json_reader.h"
#include "encoding/json_value.h"
#include "encoding/json_writer.h"
