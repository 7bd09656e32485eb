#include "report/store_text.h"

#include <fmt/format.h>

#include "report/quantities.h"
#include "report/table.h"

namespace stepcache::report {

std::string artifacts_text(const Console& console, const std::vector<workspace::ListedArtifact>& artifacts) {
  if (artifacts.empty()) return "there are no artifacts\n";
  constexpr std::size_t k_widest = 40;
  Table table({{"artifact"}, {"type"}, {"size", Table::Align::right}, {"made by"}, {"run", Table::Align::right}, {""}});
  for (const workspace::ListedArtifact& listed : artifacts) {
    const std::string digest = console.verbose() ? listed.artifact.digest.hex() : listed.artifact.digest.short_hex();
    table.add({digest, shortened(shown(listed.artifact.type), k_widest), size_text(listed.artifact.size_bytes),
               shown(listed.step) + (listed.port.empty() ? "" : "." + shown(listed.port)), std::to_string(listed.run),
               listed.artifact.pinned ? "pinned" : ""});
  }
  return table.text();
}

std::string verify_text(const Console& console, const workspace::VerifyResult& result) {
  std::string text;
  for (const workspace::Finding& finding : result.findings) {
    text += console.painted(Style::bad, finding.what) + " " + shown(finding.name) + ": " + shown(finding.text) + "\n";
    if (!finding.repair.empty()) text += "  " + shown(finding.repair) + "\n";
  }
  text +=
      fmt::format("{}, {} and {} checked, {} read: ", counted(result.objects, "object"),
                  counted(result.artifacts, "artifact"), counted(result.records, "record"), size_text(result.bytes));
  if (result.findings.empty()) return text + console.painted(Style::good, "all are whole") + "\n";
  text += console.painted(Style::bad, counted(result.findings.size(), "finding"));
  return text +
         (result.repaired ? "; repaired as said above\n" : "; `stepcache verify --repair` mends what can be mended\n");
}

std::string gc_text(const Console& console, const workspace::GarbageResult& result) {
  const char* freed = result.dry_run ? "would free" : "freed";
  const char* forgot = result.dry_run ? "would forget" : "forgot";
  std::string text = fmt::format("{} {} ({}, {}, {}), {} {}; {} kept\n", forgot, counted(result.runs.size(), "run"),
                                 counted(result.executions, "execution"), counted(result.artifacts, "artifact"),
                                 counted(result.objects, "object"), freed, size_text(result.freed_bytes),
                                 size_text(result.kept_bytes));
  if (console.verbose() && !result.runs.empty()) {
    text += "runs:";
    for (const metadata::RunId run : result.runs) text += fmt::format(" {}", run);
    text += "\n";
  }
  return text;
}

}  // namespace stepcache::report
