#include "ootd/models/garment_names.h"

#include <gtest/gtest.h>

#include <vector>

namespace ootd {
namespace {

using Categories = std::map<std::string, std::string>;

TEST(GarmentNames, SevenClassesKeepTheGarments) {
  const std::vector<std::string> classes = {"bag", "bottom", "dress", "hat", "shoes", "outer", "top"};
  EXPECT_EQ(default_categories(classes),
            (Categories{{"bottom", "bottom"}, {"dress", "dress"}, {"outer", "outer"}, {"top", "top"}}));
}

TEST(GarmentNames, FashionpediaHasThirteenGarmentsOfFortySixClasses) {
  const std::vector<std::string> classes = {"shirt, blouse", "top, t-shirt, sweatshirt",
                                            "sweater",       "cardigan",
                                            "jacket",        "vest",
                                            "pants",         "shorts",
                                            "skirt",         "coat",
                                            "dress",         "jumpsuit",
                                            "cape",          "glasses",
                                            "hat",           "headband, head covering, hair accessory",
                                            "tie",           "glove",
                                            "watch",         "belt",
                                            "leg warmer",    "tights, stockings",
                                            "sock",          "shoe",
                                            "bag, wallet",   "scarf",
                                            "umbrella",      "hood",
                                            "collar",        "lapel",
                                            "epaulette",     "sleeve",
                                            "pocket",        "neckline",
                                            "buckle",        "zipper",
                                            "applique",      "bead",
                                            "bow",           "flower",
                                            "fringe",        "ribbon",
                                            "rivet",         "ruffle",
                                            "sequin",        "tassel"};
  ASSERT_EQ(classes.size(), 46u);
  const Categories categories = default_categories(classes);
  EXPECT_EQ(categories, (Categories{{"jacket", "outer"},
                                    {"coat", "outer"},
                                    {"vest", "outer"},
                                    {"cape", "outer"},
                                    {"cardigan", "outer"},
                                    {"shirt, blouse", "top"},
                                    {"top, t-shirt, sweatshirt", "top"},
                                    {"sweater", "top"},
                                    {"pants", "bottom"},
                                    {"shorts", "bottom"},
                                    {"skirt", "bottom"},
                                    {"dress", "dress"},
                                    {"jumpsuit", "dress"}}));
}

TEST(GarmentNames, AVestIsATopInDeepFashion2Only) {
  const std::vector<std::string> classes = {"short sleeve top",
                                            "long sleeve top",
                                            "short sleeve outwear",
                                            "long sleeve outwear",
                                            "vest",
                                            "sling",
                                            "shorts",
                                            "trousers",
                                            "skirt",
                                            "short sleeve dress",
                                            "long sleeve dress",
                                            "vest dress",
                                            "sling dress"};
  const Categories categories = default_categories(classes);
  EXPECT_EQ(categories.size(), 13u);
  const auto count = [&](std::string_view category) {
    int n = 0;
    for (const auto& [name, its] : categories) n += its == category;
    return n;
  };
  EXPECT_EQ(categories.at("vest"), "top");
  EXPECT_EQ(count("top"), 4);
  EXPECT_EQ(count("outer"), 2);
  EXPECT_EQ(count("bottom"), 3);
  EXPECT_EQ(count("dress"), 4);
}

TEST(GarmentNames, KFashionOursAndCoco) {
  EXPECT_EQ(default_categories(std::vector<std::string>{"아우터", "하의", "원피스", "상의"}),
            (Categories{{"아우터", "outer"}, {"하의", "bottom"}, {"원피스", "dress"}, {"상의", "top"}}));
  EXPECT_EQ(default_categories(std::vector<std::string>{"outer", "bottom", "dress", "top", "person"}).size(), 5u);
  EXPECT_EQ(default_categories(std::vector<std::string>{"person", "bicycle", "handbag"}),
            (Categories{{"person", "person"}}));
}

TEST(GarmentNames, CaseAndPunctuationDoNotMatterAndMixedSetsHelpOut) {
  EXPECT_EQ(
      default_categories(std::vector<std::string>{"Long_Sleeve-Top", " JACKET ", "Person", "long sleeve outwear"}),
      (Categories{
          {"Long_Sleeve-Top", "top"}, {" JACKET ", "outer"}, {"Person", "person"}, {"long sleeve outwear", "outer"}}));
  EXPECT_TRUE(default_categories(std::vector<std::string>{"car", ""}).empty());
}

TEST(GarmentNames, WordsOfToolsAndShopsInTheirLanguages) {
  const std::pair<const char*, const char*> words[] = {
      {"Top", "top"},
      {"T-Shirts", "top"},
      {"upper-body", "top"},
      {"티셔츠", "top"},
      {"Ｔシャツ", "top"},
      {"ﾊﾟﾝﾂ", "bottom"},
      {"上衣", "top"},
      {"Рубашка", "top"},
      {"Denim Jacket", "outer"},
      {"자켓", "outer"},
      {"アウター", "outer"},
      {"外套", "outer"},
      {"Veste", "outer"},
      {"jeans", "bottom"},
      {"데님 팬츠", "bottom"},
      {"スカート", "bottom"},
      {"裤子", "bottom"},
      {"PANTALÓN", "bottom"},
      {"Jumpsuits", "dress"},
      {"드레스", "dress"},
      {"ワンピース", "dress"},
      {"连衣裙", "dress"},
      {"Kleid", "dress"},
      {"사람", "person"},
      {"people", "person"},
      {"\u110B\u116F\u11AB\u1111\u1175\u1109\u1173", "dress"}};  // 원피스 in pieces
  for (const auto& [word, category] : words)
    EXPECT_EQ(default_categories(std::vector<std::string>{word}), (Categories{{word, category}})) << word;
  for (const char* word : {"bag", "shoes", "dress shoes", "top hat", "belt", "가방", "帽子", "7", "object"})
    EXPECT_TRUE(default_categories(std::vector<std::string>{word}).empty()) << word;
}

}  // namespace
}  // namespace ootd
