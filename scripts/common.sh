# What the scripts share: where things are and how they speak. Sourced, never run.
#
# Environment (all optional):
#   OOTD_DEPS           where the wheels are unpacked         (default: .deps in the checkout)
#   OOTD_OPENVINO_DIR   an OpenVINO of your own: its root, or the folder with OpenVINOConfig.cmake
#   OOTD_TORCH_DIR      a libtorch of your own (CUDA, say): its root, or the folder with TorchConfig.cmake
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=${OOTD_DEPS:-$root/.deps}
[[ $deps == /* ]] || deps=$PWD/$deps  # CMake would read a relative path from another folder

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $1"
  shift
  for line in "$@"; do say "       $line"; done
  exit 1
}

# cmake_dir NAME PATTERN...: the folder of NAMEConfig.cmake among the patterns; empty if none has it.
cmake_dir() {
  local name=$1 folder
  shift
  for folder in "$@"; do
    if [[ -f $folder/${name}Config.cmake ]]; then
      (cd "$folder" && pwd)
      return
    fi
  done
}

openvino_cmake_dir() {
  local given=${OOTD_OPENVINO_DIR:-}
  if [[ -z $given ]]; then
    echo "$deps/wheels/openvino/cmake"
    return
  fi
  local found
  found=$(cmake_dir OpenVINO "$given" "$given/cmake" "$given/runtime/cmake" "$given"/lib/cmake/openvino*)
  [[ -n $found ]] || fail "OOTD_OPENVINO_DIR=$given has no OpenVINOConfig.cmake" "Name the folder that holds it, or unset it."
  echo "$found"
}

torch_cmake_dir() {
  local given=${OOTD_TORCH_DIR:-}
  if [[ -z $given ]]; then
    echo "$deps/wheels/torch/share/cmake/Torch"
    return
  fi
  local found
  found=$(cmake_dir Torch "$given" "$given/share/cmake/Torch")
  [[ -n $found ]] || fail "OOTD_TORCH_DIR=$given has no TorchConfig.cmake" "Name the folder that holds it, or unset it."
  echo "$found"
}

# training_looks PROGRAMS FOLDER COUNT SEED: drawn looks of split train only, since validation and test are of photos.
training_looks() {
  [[ ! -d $2 ]] || return 0
  "$1/ootd-render" --out "$2" --count "$3" --seed "$4"
  sed -i -E 's/"split": ?"(val|test)"/"split":"train"/g' "$2/annotations.json"
}
