#include "ootd/models/garment_names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ootd/base/unicode.h"

namespace ootd {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

// The seven, K-Fashion in either language, COCO's person and ours.
constexpr Row kCategories[] = {
    {"outer", "outer"},  {"bottom", "bottom"}, {"dress", "dress"},  {"top", "top"},  {"person", "person"},
    {"아우터", "outer"}, {"하의", "bottom"},   {"원피스", "dress"}, {"상의", "top"},
};
constexpr Row kFashionpedia[] = {
    {"jacket", "outer"},   {"coat", "outer"},       {"vest", "outer"},   {"cape", "outer"},
    {"cardigan", "outer"}, {"shirt blouse", "top"}, {"sweater", "top"},  {"top t shirt sweatshirt", "top"},
    {"pants", "bottom"},   {"shorts", "bottom"},    {"skirt", "bottom"}, {"dress", "dress"},
    {"jumpsuit", "dress"},
};
constexpr Row kDeepFashion2[] = {
    {"short sleeve top", "top"},
    {"long sleeve top", "top"},
    {"vest", "top"},
    {"sling", "top"},
    {"shorts", "bottom"},
    {"trousers", "bottom"},
    {"skirt", "bottom"},
    {"short sleeve dress", "dress"},
    {"long sleeve dress", "dress"},
    {"vest dress", "dress"},
    {"sling dress", "dress"},
    {"short sleeve outwear", "outer"},
    {"long sleeve outwear", "outer"},
};
// What people call garments beside these sets, for each category: words parted by "|". ModaNet, DeepFashion,
// clothing-dataset, Fashion-MNIST, Look into Person, K-Fashion's kinds, and the words of shops in Korean, Japanese,
// Chinese and some languages of Europe. What may be of either kind (vest, robe, suit, tights) is not here.
constexpr Row kCommonWords[] = {
    {"top",
     "|t shirt|tshirt|t shirts|tee|t shirt top|tee shirt|shirt|shirts|blouse|polo|polo shirt|henley|hoodie|"
     "hoody|sweatshirt|sweat shirt|jumper|pullover|knit|knitwear|knit top|turtleneck|tank|tank top|"
     "camisole|halter|crop top|bustier|tunic|jersey|longsleeve|long sleeve|short sleeve|long sleeve shirt|"
     "short sleeve shirt|button down|flannel|upper|uppers|upper body|upper clothes|upperbody|"
     "upper body clothes|upper garment|upper wear|upperwear|upper cloth|undershirt|singlet|bodysuit|tops|"
     "haut|chemise|chemisier|t shirt manches longues|pull|camisa|camiseta|blusa|sudadera|playera|oberteil|"
     "hemd|bluse|pulli|maglietta|camicia|maglione|felpa|рубашка|футболка|блузка|"
     "свитер|кофта|толстовка|gömlek|tişört|bluz|kazak|áo|koszula|bluzka|sweter|"
     "티셔츠|셔츠|남방|블라우스|니트|니트웨어|스웨터|맨투맨|스웨트셔츠|"
     "후드티|후드|후드티셔츠|후디|탑|브라탑|나시|민소매|민소매티|반팔|반팔티|"
     "긴팔|긴팔티|폴로셔츠|카라티|터틀넥|목폴라|크롭탑|상의류|トップス|"
     "上着トップス|シャツ|tシャツ|ワイシャツ|ブラウス|ニット|セーター|"
     "パーカー|パーカ|スウェット|トレーナー|カットソー|ポロシャツ|"
     "タンクトップ|キャミソール|チュニック|半袖|長袖|上衣|上装|上裝|t恤|"
     "t恤衫|衬衫|襯衫|衬衣|毛衣|针织衫|針織衫|卫衣|衛衣|帽t|polo衫|背心|吊带|"
     "吊帶|短袖|长袖|短袖上衣|长袖上衣|打底衫|女衫|"},
    {"outer",
     "|outerwear|outwear|outer wear|outwears|outergarment|blazer|suit jacket|parka|anorak|windbreaker|"
     "trench coat|trench|puffer|puffer jacket|down jacket|padding|bomber|bomber jacket|denim jacket|"
     "leather jacket|peacoat|overcoat|raincoat|poncho|fleece|gilet|waistcoat|coats|jackets|jacket coat|"
     "kimono|veste|manteau|blouson|doudoune|chaqueta|abrigo|chamarra|chaleco|jacke|mantel|weste|giacca|"
     "cappotto|giubbotto|jaqueta|casaco|куртка|пальто|пиджак|жакет|плащ|ceket|"
     "mont|kaban|kurtka|płaszcz|자켓|재킷|쟈켓|코트|점퍼|잠바|패딩|파카|가디건|"
     "카디건|베스트|조끼|짚업|집업|후드집업|블레이저|트렌치코트|바람막이|"
     "야상|무스탕|플리스|롱패딩|숏패딩|겉옷|외투|아우터류|アウター|"
     "ジャケット|コート|ブルゾン|カーディガン|ダウン|ダウンジャケット|"
     "ベスト|ジャンパー|トレンチコート|ブレザー|テーラードジャケット|上着|"
     "羽織|外套|夹克|夾克|大衣|风衣|風衣|羽绒服|羽絨服|棉服|西装外套|"
     "西裝外套|西服|马甲|馬甲|开衫|開衫|短袖外套|长袖外套|皮衣|斗篷|"},
    {"bottom",
     "|pant|jean|jeans|denim pants|denim|trouser|slacks|leggings|legging|joggers|jogger|sweatpants|"
     "sweat pants|sweatshorts|track pants|chinos|chino|culottes|capris|cargo pants|jeggings|jodhpurs|"
     "gauchos|cutoffs|trunks|short|short pants|long pants|hot pants|skort|miniskirt|mini skirt|maxi skirt|"
     "midi skirt|sarong|lower|lowers|lower body|lower clothes|lowerbody|lower body clothes|lower garment|"
     "lower wear|lowerwear|lower cloth|bottoms|bottomwear|bottom wear|pantalon|jupe|pantalón|pantalones|"
     "falda|vaqueros|pantalón corto|hose|rock|shorts pants|pantaloni|gonna|calça|saia|bermuda|брюки|"
     "штаны|юбка|джинсы|шорты|pantolon|etek|şort|spodnie|spódnica|quần|바지|"
     "팬츠|청바지|데님팬츠|진|스커트|치마|레깅스|조거팬츠|슬랙스|반바지|"
     "숏팬츠|쇼트팬츠|긴바지|면바지|트레이닝팬츠|미니스커트|롱스커트|하의류|"
     "ボトムス|ボトム|パンツ|ズボン|ジーンズ|ジーパン|デニム|デニムパンツ|"
     "スカート|ショートパンツ|ハーフパンツ|スラックス|レギンス|チノパン|"
     "下装|下裝|下衣|裤子|褲子|裤|褲|长裤|長褲|短裤|短褲|牛仔裤|牛仔褲|休闲裤|"
     "休閒褲|半身裙|短裙|长裙|長裙|半裙|裙子|打底裤|"},
    {"dress",
     "|dresses|gown|sundress|shirtdress|shirt dress|nightdress|romper|playsuit|onesie|overall|overalls|"
     "one piece|onepiece|one piece dress|jumpsuits|maxi dress|mini dress|midi dress|evening dress|"
     "full body|fullbody|whole body clothes|caftan|kaftan|coverup|robe longue|combinaison|vestido|vestidos|"
     "kleid|overall einteiler|vestito|abito|macacão|платье|сарафан|комбинезон|"
     "elbise|tulum|sukienka|váy|đầm|드레스|점프수트|점프슈트|올인원|오버롤|"
     "멜빵바지|원피스류|롱원피스|미니원피스|ワンピース|ドレス|"
     "オールインワン|サロペット|ジャンプスーツ|つなぎ|连衣裙|連衣裙|洋装|"
     "洋裝|连身裙|連身裙|礼服裙|旗袍|连体裤|連體褲|连衣裤|背心裙|吊带裙|"
     "吊帶裙|短袖连衣裙|长袖连衣裙|"},
    {"person",
     "|people|human|persons|man|woman|pedestrian|model|full person|사람|인물|모델|人|人物|人間|"
     "人体|행인|personne|persona|mensch|pessoa|человек|insan|osoba|người|"},
};
constexpr std::array<std::span<const Row>, 3> kSets = {kCategories, kFashionpedia, kDeepFashion2};

// "top, t-shirt, sweatshirt" -> "top t shirt sweatshirt", in lower case and composed; "Ｔシャツ" -> "tシャツ".
std::string plain(std::string_view name) {
  std::u32string words;
  for (const char32_t wide : decode_utf8(name))
    for (const char32_t c : lower(nfkc(wide))) {
      const bool letter = c >= 0x80 ? !is_space(c) && (c < 0x2000 || c > 0x206f) && c != U'、' && c != U'・'
                                    : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (letter)
        words += c;
      else if (!words.empty() && words.back() != ' ')
        words += ' ';
    }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  return encode_utf8(nfc(words));
}

const Row* find_row(std::span<const Row> set, std::string_view name) {
  const auto row = std::ranges::find(set, name, &Row::first);
  return row == set.end() ? nullptr : &*row;
}

std::string_view common_category(std::string_view words) {
  const std::string entry = "|" + std::string(words) + "|";
  for (const auto& [category, list] : kCommonWords)
    if (list.find(entry) != std::string_view::npos) return category;
  return {};
}

// `name` as one of the sets or everybody has it; else without a plural's end; else its last word, which says what it is
// in English, Korean and many others: "denim jacket".
std::string_view category_of(std::string name, std::span<const std::span<const Row>> sets) {
  if (name.empty()) return {};
  const auto look_up = [&](const std::string& words) -> std::string_view {
    for (const auto& set : sets)
      if (const Row* row = find_row(set, words)) return row->second;
    return common_category(words);
  };
  const auto singular_too = [&](const std::string& words) {
    auto category = look_up(words);
    for (const std::string_view end : {"s", "es"})
      if (category.empty() && words.size() > end.size() + 2 && words.ends_with(end))
        category = look_up(words.substr(0, words.size() - end.size()));
    return category;
  };
  const auto category = singular_too(name);
  const std::size_t space = name.rfind(' ');
  return category.empty() && space != std::string::npos ? singular_too(name.substr(space + 1)) : category;
}

}  // namespace

std::map<std::string, std::string> default_categories(std::span<const std::string> classes) {
  const auto known = [&](std::span<const Row> set) {
    return std::ranges::count_if(classes, [&](const auto& name) { return find_row(set, plain(name)) != nullptr; });
  };
  auto sets = kSets;
  std::ranges::stable_sort(sets, std::ranges::greater{}, known);
  std::map<std::string, std::string> categories;
  for (const auto& name : classes)
    if (const auto category = category_of(plain(name), sets); !category.empty()) categories[name] = category;
  return categories;
}

}  // namespace ootd
