#include "report/accept_text.h"

#include <fmt/format.h>

#include "report/json_writer.h"
#include "report/quantities.h"
#include "report/table.h"
#include "report/why_code.h"

namespace stepcache::report {
std::string proposal_text(const Console& console, const workspace::ProposedAcceptance& proposed) {
  std::string text = fmt::format("{}, of pipeline {}\n", shown(proposed.step), shown(proposed.pipeline));
  text += fmt::format("  its code now         {}\n", proposed.now.short_hex());
  text += fmt::format("  would count as that  {} of run {}\n", proposed.before.short_hex(), proposed.before_run);
  if (proposed.whole_program) {
    text +=
        "  These are signatures of the whole program: whatever changed in it, in any function, is accepted for this "
        "step.\n";
  }
  if (!proposed.code) return text + "  What changed in the code is not known: its parts were not recorded.\n";
  if (!proposed.code->comparison.primary) return text + "  No part of the code that is recorded differs.\n";
  return text + code_text(console, *proposed.code);
}

std::string accept_question(const workspace::ProposedAcceptance& proposed) {
  return fmt::format("Does this change no result of {}? [y/N] ", shown(proposed.step));
}

std::string accepted_text(const metadata::Acceptance& acceptance) {
  if (acceptance.revoked_ns != 0) {
    return fmt::format("acceptance {} is revoked: {} runs by its own code again\n", acceptance.id,
                       shown(acceptance.step));
  }
  return fmt::format("acceptance {}: {} reuses what its earlier code made; `stepcache accept --revoke {}` ends that\n",
                     acceptance.id, shown(acceptance.step), acceptance.id);
}

std::string acceptances_text(const Console& console, const std::vector<metadata::Acceptance>& acceptances,
                             std::int64_t now_wall_ns) {
  if (acceptances.empty()) return "no edit was accepted here\n";
  constexpr std::size_t k_note_width = 40;
  Table table({{"id", Table::Align::right}, {"pipeline"}, {"step"}, {"code"}, {"counts as"}, {"by"}, {"when"}, {""}});
  for (const metadata::Acceptance& acceptance : acceptances) {
    std::string state;
    if (acceptance.revoked_ns != 0) {
      state = console.painted(Style::muted, "revoked " + when_text(acceptance.revoked_ns, now_wall_ns));
    }
    if (!acceptance.note.empty()) {
      state += (state.empty() ? "" : "  ") + shortened(shown(acceptance.note), k_note_width);
    }
    table.add({std::to_string(acceptance.id), shown(acceptance.pipeline), shown(acceptance.step),
               acceptance.now.short_hex(), acceptance.before.short_hex(), shown(acceptance.by),
               when_text(acceptance.accepted_ns, now_wall_ns), state});
  }
  return table.text();
}

std::string accept_json(const std::vector<metadata::Acceptance>& acceptances) {
  JsonWriter json(pretty_depth_for(acceptances.size()));
  json.begin_object();
  json.key("schema").text("stepcache.accept/1");
  json.key("acceptances").begin_array();
  for (const metadata::Acceptance& acceptance : acceptances) {
    json.begin_object();
    json.key("id").number(acceptance.id);
    json.key("pipeline").text(acceptance.pipeline);
    json.key("step").text(acceptance.step);
    json.key("now").text(acceptance.now.hex());
    json.key("before").text(acceptance.before.hex());
    json.key("by").text_or_null(acceptance.by);
    json.key("note").text_or_null(acceptance.note);
    json.key("accepted").text(json_time(acceptance.accepted_ns));
    json.key("revoked");
    if (acceptance.revoked_ns != 0) {
      json.text(json_time(acceptance.revoked_ns));
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
