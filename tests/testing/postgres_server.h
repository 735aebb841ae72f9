// A real PostgreSQL with pgvector, of this test program alone: from the wheel that scripts/setup --tests unpacks, in a
// temporary folder, on a Unix socket, gone when the program ends however it ends. Tests only; needs the definition
// OOTD_POSTGRES_DIR.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/postgres/connection.h"
#include "tests/testing/program.h"

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

  PostgresServer() : dir_(made_folder()) {
    namespace fs = std::filesystem;
    // It refuses to run as root.
    if (::geteuid() == 0)
      as_ = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=QUIT"};
    // A checkout in root's home is closed to others.
    if (run({"/usr/bin/test", "-x", bin_ + "/postgres"}).exit_code != 0) {
      const fs::path wheel = fs::path(OOTD_POSTGRES_DIR).parent_path();
      // Its programs look for libraries beside the wheel's folder.
      for (const fs::path& name : {wheel.filename(), fs::path(wheel.filename().string() + ".libs")})
        fs::copy(wheel.parent_path() / name, dir_ / name, fs::copy_options::recursive);
      bin_ = dir_ / wheel.filename() / "pginstall" / "bin";
    }
    const auto made = run({bin_ + "/initdb", "-D", data(), "-A", "trust", "-U", "ootd", "--no-locale", "-E", "UTF8",
                           "--no-sync", "--no-instructions"});
    if (made.exit_code != 0) throw std::runtime_error("initdb: " + made.out + made.err);
    start();
  }
  ~PostgresServer() {
    stop(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Returns when it takes connections.
  void start() {
    server_ = 0;
    for (int tries_left = 600;; --tries_left) {
      // It ends at once while children of a killed one before it still end.
      if (server_ == 0 || ::waitpid(server_, nullptr, WNOHANG) != 0) spawn();
      try {
        const PgConnection connection(url());
        return;
      } catch (const Error& error) {
        if (tries_left == 0) throw std::runtime_error(std::string("PostgreSQL did not start: ") + error.what());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  // SIGINT: takes back what is open, and says so. SIGKILL: as a machine that goes down. Its connections' processes die
  // with it: by themselves they answer on until they look whether their parent is there.
  void stop(int signal) {
    const std::vector<pid_t> children = signal == SIGKILL ? children_of(server_) : std::vector<pid_t>();
    ::kill(server_, signal);
    for (const pid_t child : children) ::kill(child, signal);
    ::waitpid(server_, nullptr, 0);
  }

  // Of the schema of this name, which is made if it is not there; "": public.
  std::string url(const std::string& schema = "") const {
    const std::string whole = "postgres://ootd@/postgres?host=" + dir_.string();
    if (schema.empty()) return whole;
    PgConnection(whole).script("CREATE SCHEMA IF NOT EXISTS \"" + schema + "\"");
    return whole + "&options=-csearch_path%3D%22" + schema + "%22,public";
  }
  std::string data() const { return dir_ / "data"; }

 private:
  static std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code gone;  // processes end while they are listed
    for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
      std::ifstream file(entry.path() / "stat");
      std::string stat;
      std::getline(file, stat);  // "PID (NAME) STATE PARENT ...", and a name may hold anything
      int its_parent = 0;
      const auto end = stat.rfind(')');
      if (end != std::string::npos && std::sscanf(stat.c_str() + end, ") %*c %d", &its_parent) == 1 &&
          its_parent == parent)
        children.push_back(std::stoi(entry.path().filename()));
    }
    return children;
  }
  static std::filesystem::path made_folder() {
    namespace fs = std::filesystem;
    // A schema is a hundred files, of which a slow disk makes seconds.
    std::error_code none;
    const bool has_memory = fs::space("/dev/shm", none).available + 1 > (1u << 30);
    std::string pattern = (has_memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "ootd-postgres-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + pattern);
    fs::permissions(pattern, fs::perms::all);  // the server may be another user
    return pattern;
  }

  void spawn() {
    std::vector<std::string> args = as_;
    // Settings for a server whose data nobody misses after a power cut; SIGKILL costs it nothing.
    for (const std::string& arg :
         {bin_ + "/postgres", std::string("-D"), data(), std::string("-k"), dir_.string(), std::string("-c"),
          std::string("listen_addresses="), std::string("-F"), std::string("-c"), std::string("full_page_writes=off"),
          std::string("-c"), std::string("autovacuum=off"), std::string("-c"), std::string("max_connections=60"),
          std::string("-c"), std::string("log_min_messages=panic")})
      args.push_back(arg);
    std::vector<char*> argv;
    for (auto& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    server_ = ::fork();
    if (server_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  Outcome run(const std::vector<std::string>& command) const {
    std::vector<std::string> args = as_;
    args.insert(args.end(), command.begin(), command.end());
    return run_program(args);
  }

  const std::filesystem::path dir_;
  std::string bin_ = std::string(OOTD_POSTGRES_DIR) + "/bin";
  std::vector<std::string> as_;  // what makes a command another user's
  pid_t server_ = 0;
};

}  // namespace ootd::testing
