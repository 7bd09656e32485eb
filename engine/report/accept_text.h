#pragma once

#include <string>
#include <vector>

#include "report/console.h"
#include "workspace/accept.h"

namespace stepcache::report {

// What would be accepted: the two signatures, and what changed in the code between them.
std::string proposal_text(const Console& console, const workspace::ProposedAcceptance& proposed);
// The question that is asked on a terminal, without a newline.
std::string accept_question(const workspace::ProposedAcceptance& proposed);
// What `accept` and `accept --revoke` leave behind, one line.
std::string accepted_text(const metadata::Acceptance& acceptance);
// All of them, newest last.
std::string acceptances_text(const Console& console, const std::vector<metadata::Acceptance>& acceptances,
                             std::int64_t now_wall_ns);

// docs/formats/accept.schema.json.
std::string accept_json(const std::vector<metadata::Acceptance>& acceptances);

}  // namespace stepcache::report
