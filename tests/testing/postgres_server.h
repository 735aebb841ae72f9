// A real PostgreSQL with pgvector, of this test program alone: from the wheel that scripts/setup --tests unpacks, in a
// temporary folder, on a Unix socket, gone when the program ends however it ends. Tests only; needs the definition
// OOTD_POSTGRES_DIR.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ootd/postgres/connection.h"
#include "tests/testing/program.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

class PostgresServer {
 public:
  // Whether the wheel is here.
  static bool is_there() { return std::filesystem::exists(std::string(OOTD_POSTGRES_DIR) + "/bin/postgres"); }

  // One that all tests of the program share, started at the first call.
  static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }

  PostgresServer() {
    namespace fs = std::filesystem;
    fs::permissions(dir_.path(), fs::perms::all);
    // It refuses to run as root.
    if (::geteuid() == 0)
      as_ = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=QUIT"};
    // A checkout in root's home is closed to others.
    if (run({"/usr/bin/test", "-x", bin_ + "/postgres"}).exit_code != 0) {
      const fs::path wheel = fs::path(OOTD_POSTGRES_DIR).parent_path();
      // Its programs look for libraries beside the wheel's folder.
      for (const std::string& name : {wheel.filename().string(), wheel.filename().string() + ".libs"})
        fs::copy(wheel.parent_path() / name, dir_.path() / name, fs::copy_options::recursive);
      bin_ = dir_.path() / wheel.filename() / "pginstall" / "bin";
    }
    const auto made = run({bin_ + "/initdb", "-D", data(), "-A", "trust", "-U", "ootd", "--no-locale", "-E", "UTF8",
                           "--no-sync", "--no-instructions"});
    if (made.exit_code != 0) throw std::runtime_error("initdb: " + made.out + made.err);
    start();
  }
  ~PostgresServer() { stop(SIGQUIT); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void start() {
    std::vector<std::string> args = as_;
    // What it loses is a test's that has ended. SIGKILL needs none of these.
    for (const char* arg : {"/bin/postgres", "-D", "", "-k", "", "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                            "shared_buffers=32MB", "-c", "max_connections=60", "-c", "log_min_messages=fatal"})
      args.emplace_back(arg);
    args[as_.size()] = bin_ + "/postgres", args[as_.size() + 2] = data(), args[as_.size() + 4] = dir_.path();
    std::vector<char*> argv;
    for (auto& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    server_ = ::fork();
    if (server_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    for (int tries_left = 600;; --tries_left) {
      try {
        const PgConnection connection(url());
        return;
      } catch (const Error& error) {
        if (tries_left == 0 || ::waitpid(server_, nullptr, WNOHANG) != 0)
          throw std::runtime_error(std::string("PostgreSQL did not start: ") + error.what());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  // SIGINT: rolls open transactions back. SIGKILL: as a power cut, but for the operating system's own memory.
  void stop(int signal) {
    ::kill(server_, signal);
    ::waitpid(server_, nullptr, 0);
  }

  // Of the schema of this name, which is made if it is not there; "": public.
  std::string url(const std::string& schema = "") const {
    const std::string whole = "postgres://ootd@/postgres?host=" + dir_.path().string();
    if (schema.empty()) return whole;
    PgConnection(whole).script("CREATE SCHEMA IF NOT EXISTS \"" + schema + "\"");
    return whole + "&options=-csearch_path%3D%22" + schema + "%22,public";
  }

 private:
  std::string data() const { return dir_.path() / "data"; }
  Outcome run(const std::vector<std::string>& command) const {
    std::vector<std::string> args = as_;
    args.insert(args.end(), command.begin(), command.end());
    return run_program(args);
  }

  const TempDir dir_;
  std::string bin_ = std::string(OOTD_POSTGRES_DIR) + "/bin";
  std::vector<std::string> as_;  // what makes a command another user's
  pid_t server_ = 0;
};

}  // namespace ootd::testing
