// What the classes of well-known label sets are to us: Fashionpedia (46 classes), DeepFashion2 (13), the seven of
// ModaNet-like detectors (bag, bottom, dress, hat, shoes, outer, top), K-Fashion (4), COCO (person), our own; and the
// common words of labelling tools and shops in several languages.
#pragma once

#include <map>
#include <span>
#include <string>

namespace ootd {

// Class name, as given -> a garment category or "person"; classes that are neither are left out. A word means what it
// means in the set that most of the names are from: a "vest" is worn over other clothes in Fashionpedia and alone in
// DeepFashion2. Upper case, spaces, punctuation, width and form of accents do not matter, nor does what stands before
// the last word: "denim jacket".
std::map<std::string, std::string> default_categories(std::span<const std::string> classes);

}  // namespace ootd
