#include "ootd/workspace/doctor.h"
#include "ootd/cli/verbs.h"

namespace ootd {

void add_doctor(CLI::App& app, Globals& globals) {
  auto* verb = app.add_subcommand("doctor", "Check the machine, the engine, the workspace and its model");
  add_doctor_labels(*verb, globals);
  verb->callback([&globals, verb] {
    if (!verb->get_subcommands().empty()) return;
    Json list = Json::array();
    std::string text;
    bool ok = true;
    for (const Check& check : check_all(globals.place())) {
      ok = ok && check.ok;
      list.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
      text +=
          (text.empty() ? "" : "\n") + std::string(check.ok ? "ok    " : "FAIL  ") + check.name + ": " + check.detail;
    }
    globals.print({{"ok", ok}, {"checks", list}}, text);
    if (!ok) globals.exit_code = 1;
  });
}

}  // namespace ootd
