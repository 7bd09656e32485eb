#pragma once

#include <string>

#include "workspace/signature_view.h"

namespace stepcache::report {

// docs/formats/signature.schema.json.
std::string signature_json(const workspace::SignatureView& view);

}  // namespace stepcache::report
