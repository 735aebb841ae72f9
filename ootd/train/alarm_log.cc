#include "ootd/train/alarm_log.h"

#include <algorithm>
#include <cstdio>

#include "ootd/base/io.h"
#include "ootd/train/alarm_text.h"
#include "ootd/train/run_log.h"

namespace ootd {
namespace {

constexpr char kGeometry[] = "geometry.csv", kAlarms[] = "alarms.csv";
constexpr char kGeometryHead[] = "epoch,loss,map,variance,participation_ratio,label_ratio,separation,rows";
constexpr char kAlarmsHead[] = "epoch,kind,level,text";

std::string line_of(const EpochStats& stats) {
  char text[256];
  std::snprintf(text, sizeof text, "%d,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g", stats.epoch, stats.loss, stats.map,
                stats.variance, stats.participation_ratio, stats.label_ratio, stats.separation, stats.rows);
  return text;
}

std::optional<EpochStats> stats_of(const std::string& line) {
  EpochStats s;
  if (std::sscanf(line.c_str(), "%d,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &s.epoch, &s.loss, &s.map, &s.variance,
                  &s.participation_ratio, &s.label_ratio, &s.separation, &s.rows) != 8)
    return std::nullopt;
  return s;
}

void write_lines(const std::filesystem::path& file, std::string text, const std::vector<std::string>& lines) {
  text += '\n';
  for (const auto& line : lines) text += line + '\n';
  write_file_atomically(file, std::as_bytes(std::span(text)), /*durable=*/false);
}

}  // namespace

AlarmLog::AlarmLog(const std::filesystem::path& folder, int epochs_done) : folder_(folder) {
  if (epochs_done > 0) {
    for (const auto& line : lines_before(folder_ / kGeometry, epochs_done + 1))
      if (const auto stats = stats_of(line)) history_.push_back(*stats);
    alarms_ = lines_before(folder_ / kAlarms, epochs_done + 1);
  }
  write();
}

std::vector<Alarm> AlarmLog::add(const EpochStats& stats) {
  history_.push_back(stats);
  const std::vector<Alarm> alarms = new_epoch_alarms(history_);
  for (const auto& alarm : alarms) add(alarm);
  write();
  return alarms;
}

void AlarmLog::add(const Alarm& alarm) {
  std::string line = std::to_string(alarm.epoch) + "," + std::string(to_string(alarm.kind)) + "," +
                     std::string(to_string(alarm.level)) + "," + csv_field(alarm.text);
  if (std::find(alarms_.begin(), alarms_.end(), line) != alarms_.end()) return;
  alarms_.push_back(std::move(line));
  write();
}

void AlarmLog::write() const {
  std::vector<std::string> lines;
  for (const auto& stats : history_) lines.push_back(line_of(stats));
  write_lines(folder_ / kGeometry, kGeometryHead, lines);
  write_lines(folder_ / kAlarms, kAlarmsHead, alarms_);
}

}  // namespace ootd
