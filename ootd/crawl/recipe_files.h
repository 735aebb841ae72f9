// Inside this folder: the files of recipes/, put into the program by embed_recipes.cmake when it is built.
#pragma once

#include <span>
#include <string_view>

namespace ootd {

struct RecipeFile {
  std::string_view name;  // "musinsa"
  std::string_view text;
};

std::span<const RecipeFile> recipe_files();

}  // namespace ootd
