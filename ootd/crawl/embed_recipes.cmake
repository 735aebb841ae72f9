# cmake -DOUT=recipe_files.cc -DFILES="a;b" -P embed_recipes.cmake: writes the files as raw strings of a C++ source.
set(table "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND table "    {\"${name}\", R\"RECIPE(${text})RECIPE\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"ootd/crawl/recipe_files.h\"

namespace ootd {
namespace {
constexpr RecipeFile kFiles[] = {
${table}};
}  // namespace

std::span<const RecipeFile> recipe_files() { return kFiles; }

}  // namespace ootd
")
