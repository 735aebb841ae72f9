#include "ootd/crawl/staging.h"

#include <algorithm>
#include <charconv>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"

namespace ootd {
namespace {

constexpr char kSuffix[] = ".answer";

}  // namespace

std::filesystem::path Staging::file(std::int64_t no) const { return folder_ / (std::to_string(no) + kSuffix); }

void Staging::put(std::int64_t no, const StagedAnswer& answer) const {
  const Json head = {{"url", answer.final_url},
                     {"content_type", answer.content_type},
                     {"etag", answer.etag},
                     {"last_modified", answer.last_modified},
                     {"noindex", answer.opt_outs.noindex},
                     {"noai", answer.opt_outs.noai},
                     {"noimageai", answer.opt_outs.noimageai},
                     {"bytes", answer.body.size()}};
  AtomicFile staged(file(no));
  const std::string line = dump_json(head) + "\n";
  staged.write(std::as_bytes(std::span(line)));
  staged.write(std::as_bytes(std::span(answer.body)));
  staged.commit(/*durable=*/false);
}

std::optional<StagedAnswer> Staging::get(std::int64_t no) const {
  try {
    std::string text = read_text(file(no));
    const std::size_t end = text.find('\n');
    const Json head = parse_json(std::string_view(text).substr(0, end), file(no).string());
    const auto word = [&](const char* name) { return json_field<std::string>(head, name, "staged"); };
    const auto flag = [&](const char* name) { return json_field<bool>(head, name, "staged"); };
    StagedAnswer answer{word("url"),
                        word("content_type"),
                        word("etag"),
                        word("last_modified"),
                        {flag("noindex"), flag("noai"), flag("noimageai")},
                        {}};
    if (end == std::string::npos || text.size() - end - 1 != json_field<std::size_t>(head, "bytes", "staged"))
      return std::nullopt;
    text.erase(0, end + 1);
    answer.body = std::move(text);
    return answer;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Staging::remove(std::int64_t no) const {
  std::error_code ignored;
  std::filesystem::remove(file(no), ignored);
}

std::vector<std::int64_t> Staging::left_behind() const {
  std::vector<std::int64_t> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    std::int64_t no = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), no);
    if (problem == std::errc() && std::string_view(end) == kSuffix) {
      numbers.push_back(no);
    } else {
      std::error_code ignored;
      std::filesystem::remove(entry.path(), ignored);
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace ootd
