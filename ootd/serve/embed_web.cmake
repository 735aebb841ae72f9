# cmake -DOUT=web_files.cc -DFILES="a;b" -P embed_web.cmake: writes the files as byte arrays of a C++ source.
set(types html "text/html\; charset=utf-8" css "text/css\; charset=utf-8" js "text/javascript\; charset=utf-8"
          svg "image/svg+xml")
set(arrays "")
set(table "")
set(n 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  list(FIND types ${extension} at)
  if(at LESS 0)
    message(FATAL_ERROR "${file}: no content type known for .${extension}; add it to embed_web.cmake")
  endif()
  math(EXPR at "${at} + 1")
  list(GET types ${at} type)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "constexpr unsigned char kFile${n}[] = {\n${hex}};\n")
  string(APPEND table "    {\"${name}\", \"${type}\", std::as_bytes(std::span(kFile${n}))},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"ootd/serve/web_files.h\"

namespace ootd {
namespace {
${arrays}const WebFile kFiles[] = {
${table}};
}  // namespace

std::span<const WebFile> web_files() { return kFiles; }

}  // namespace ootd
")
