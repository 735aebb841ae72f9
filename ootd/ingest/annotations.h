// Reads annotation files: COCO json, CSV, JSON lines and Parquet. Each throws Error(kInput) or Error(kNotFound) if the
// file as a whole cannot be understood; a bad row goes to the sink with its reason, and the rest goes on.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/ingest/listing.h"

namespace ootd {

void read_coco(const std::filesystem::path& file, const ListingSink& sink);
void read_csv(const std::filesystem::path& file, const ListingSink& sink);
void read_jsonl(const std::filesystem::path& file, const ListingSink& sink);
void read_parquet(const std::filesystem::path& file, const ListingSink& sink);

// An annotation file (but Parquet) is held in memory while it is read; more than this is surely something else.
inline constexpr std::size_t kMaxAnnotationBytes = std::size_t{1} << 30;

// An absolute path without "." parts. ".." stays: across a link to a folder, dropping it would name another file.
std::filesystem::path absolute_path(const std::filesystem::path& path);

// Sets photo.path from what a row calls its photo (relative paths start at the annotation file's folder), or
// photo.reason.
void locate(Listed& photo, const std::filesystem::path& folder, const std::string& name);

// Adds the label or labels that one named field holds: none if it is empty, several if they are joined by "|";
// "styles", "tags" and "labels" are of the keys "style", "tag" and "label"; "width" and "height" are no labels.
void add_labels(std::vector<Label>& labels, std::string_view field, std::string_view value);

std::string lower_case(std::string_view text);

}  // namespace ootd
