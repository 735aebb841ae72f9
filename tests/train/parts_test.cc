// The parts of a run that need no network: configuration, samples, sampling, augmentation, the loader.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "ootd/image/preprocess.h"
#include "ootd/image/resize.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/train/loader.h"
#include "ootd/train/sampler.h"
#include "ootd/train/train_config.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

std::string problem_of(const std::string& toml) {
  try {
    parse_train_config(toml, "run.toml");
    return "accepted";
  } catch (const Error& error) {
    return error.what();
  }
}

constexpr char kObjective[] = "[[objective]]\nlabels = \"style\"\n";

TEST(TrainConfigFile, StatesEveryFieldAndComesBack) {
  const TrainConfig config = parse_train_config(
      "name = 'x'\nmode = 'lp-ft'\nmatryoshka = [32, 64]\n[optimizer]\nlr = 2e-5\nwise = 0.25\n[head]\nhidden = 256\n"
      "[[objective]]\nlabels = 'style'\nloss = 'proxy_anchor'\nweight = 0.5\n[[objective]]\nlabels = '@self'\n",
      "run.toml");
  EXPECT_EQ(config.mode, TrainMode::kLpFt);
  EXPECT_EQ(config.select, "style");
  EXPECT_EQ(config.objectives[0].loss.kind, LossKind::kProxyAnchor);
  EXPECT_FLOAT_EQ(config.objectives[0].loss.margin, 0.1f);  // the paper's
  EXPECT_EQ(config.objectives[0].loss.matryoshka, (std::vector{32, 64}));
  EXPECT_EQ(config.objectives[1].loss.kind, LossKind::kInfoNce);
  const std::string text = to_toml(config);
  EXPECT_EQ(to_toml(parse_train_config(text, "again")), text);
}

TEST(TrainConfigFile, NamesWhatIsWrong) {
  EXPECT_EQ(problem_of(kObjective), "accepted");
  EXPECT_NE(problem_of("").find("nothing to learn"), std::string::npos);
  EXPECT_NE(problem_of("mode = 'fast'\n" + std::string(kObjective)).find("known: head lp-ft full"), std::string::npos);
  EXPECT_NE(
      problem_of("[optimizer]\nlearning_rate = 1\n" + std::string(kObjective)).find("unknown field learning_rate"),
      std::string::npos);
  EXPECT_NE(problem_of("[optimizer]\nlr = 'high'\n" + std::string(kObjective)).find("\"lr\" must be a number"),
            std::string::npos);
  EXPECT_NE(problem_of("name = \n").find("run.toml:1"), std::string::npos);
  EXPECT_NE(problem_of("[[objective]]\nloss = 'supcon'\n").find("\"labels\" is missing"), std::string::npos);
  EXPECT_NE(problem_of("matryoshka = [128]\n" + std::string(kObjective)).find("below [head] dim"), std::string::npos);
}

TEST(PkSampler, TakesPLabelsWithKPicturesEach) {
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 100; ++i) labels.push_back({i % 7});
  labels.push_back({7});  // alone: never drawn
  labels.push_back({});
  const PkSampler sampler(labels, 8);
  EXPECT_EQ(sampler.usable_labels(), 7);
  Random random(1);
  for (int n = 0; n < 50; ++n) {
    const auto batch = sampler.batch(4, 5, random);
    ASSERT_EQ(batch.size(), 20u);
    std::set<std::size_t> different(batch.begin(), batch.end());
    EXPECT_EQ(different.size(), 20u);
    std::map<int, int> per_label;
    for (const auto i : batch) ++per_label[labels[i].at(0)];
    EXPECT_EQ(per_label.size(), 4u);
    for (const auto& [label, count] : per_label) EXPECT_EQ(count, 5);
  }
}

TEST(PkSampler, DrawsLabelsByTheRootOfTheirCounts) {
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 900; ++i) labels.push_back({0});
  for (int i = 0; i < 100; ++i) labels.push_back({1});
  const PkSampler sampler(labels, 2);
  Random random(2);
  int common = 0;
  for (int n = 0; n < 4000; ++n) common += labels[sampler.batch(1, 2, random)[0]][0] == 0;
  EXPECT_NEAR(common / 4000.0, 30.0 / 40.0, 0.03);
}

Image scene() {  // a green garment on a red street
  Image image{60, 80, {}};
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 60; ++x) {
      const bool garment = x >= 20 && x < 40 && y >= 20 && y < 60;
      image.rgb.insert(image.rgb.end(), {std::uint8_t(garment ? 0 : 250), std::uint8_t(garment ? 250 : 0), 0});
    }
  return image;
}

TEST(Augment, IsTheSameForTheSameGeneratorAndAlwaysOfTheNetworksSize) {
  const InputSpec spec{.width = 32, .height = 24};
  std::set<std::string> different;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random a(seed), b(seed);
    const Image first = augment(scene(), {{20, 20, 20, 40}}, {}, spec, {}, a);
    EXPECT_EQ(first.rgb, augment(scene(), {{20, 20, 20, 40}}, {}, spec, {}, b).rgb);
    EXPECT_EQ(first.width, 32);
    EXPECT_EQ(first.height, 24);
    different.emplace(first.rgb.begin(), first.rgb.end());
  }
  EXPECT_EQ(different.size(), 40u);
}

TEST(Augment, TakesTheStreetAwayAndLeavesTheGarment) {
  const InputSpec spec{.width = 60, .height = 80};
  const AugmentConfig only_background{
      .min_area = 1, .max_aspect = 1, .flip = 0, .jitter = 0, .erase = 0, .background = 1, .person = 0};
  int street = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    const Image image = augment(scene(), {{20, 20, 20, 40}}, {}, spec, only_background, random);
    const std::uint8_t* middle = image.row(40) + 30 * 3;
    EXPECT_LT(middle[0], 5);
    EXPECT_GT(middle[1], 245);
    const std::uint8_t* corner = image.row(2) + 2 * 3;
    street += corner[0] > 240 && corner[1] < 10;
  }
  EXPECT_LT(street, 15);  // the blurred one, a third, stays reddish
}

TEST(Augment, SeesTheWholePersonAloneWhereItIsTold) {
  const InputSpec spec{.width = 24, .height = 48};
  const AugmentConfig only_person{
      .min_area = 1, .max_aspect = 1, .flip = 0, .jitter = 0, .erase = 0, .background = 0, .person = 1};
  Random random(1);
  // The garment's box and a tenth of it on each side: 24 x 48 pixels, the street at their edge alone.
  const Image image = augment(scene(), {{20, 20, 20, 40}}, {}, spec, only_person, random);
  EXPECT_EQ(image.rgb, crop(scene(), {18, 16, 24, 48}).rgb);
  // Without boxes there is no person to see.
  EXPECT_EQ(augment(scene(), {}, {}, {.width = 60, .height = 80}, only_person, random).rgb, scene().rgb);
}

TEST(Augment, SeesNothingOutsideTheCropThatServingSees) {
  const AugmentConfig off{.min_area = 1, .max_aspect = 1, .flip = 0, .jitter = 0, .erase = 0, .background = 0};
  const Box seen{10, 12, 30, 50};
  Random random(1);
  EXPECT_EQ(augment(scene(), {{20, 20, 20, 40}}, seen, {.width = 30, .height = 50}, off, random).rgb,
            crop(scene(), seen).rgb);
}

TEST(FittedPixels, AreThoseOfTheCropWhereThereIsOne) {
  const testing::TempDir dir;
  const auto file = dir.path() / "a.jpg";
  const auto bytes = encode_jpeg(scene());
  write_file_atomically(file, bytes);
  const InputSpec input{.width = 30, .height = 50};
  const Box seen{10, 12, 30, 50};
  std::vector<Sample> samples(2);
  samples[0].file = samples[1].file = file;
  samples[1].crop = seen;
  std::vector<float> all(3 * 30 * 50), cropped = all;
  normalize_chw(fit_to(decode_for(bytes, "a", input), input), input, all);
  normalize_chw(fit_to(decode_for(bytes, "a", input, {}, seen), input), input, cropped);
  EXPECT_NE(all, cropped);
  EXPECT_EQ(fitted_pixels(samples, {0}, input, 1), all);
  EXPECT_EQ(fitted_pixels(samples, {1}, input, 1), cropped);
}

TEST(Augment, WithEverythingOffIsTheFittedPicture) {
  const InputSpec spec{.width = 60, .height = 80};
  const AugmentConfig off{.min_area = 1, .max_aspect = 1, .flip = 0, .jitter = 0, .erase = 0, .background = 0};
  Random random(1);
  EXPECT_EQ(augment(scene(), {}, {}, spec, off, random).rgb, scene().rgb);
}

TEST(Loader, GivesTheStepsInOrderAndTheSameForAnyNumberOfThreads) {
  const testing::TempDir dir;
  std::vector<Sample> samples;
  for (int i = 0; i < 6; ++i) {
    const auto file = dir.path() / (std::to_string(i) + ".jpg");
    Image image{30, 40, std::vector<std::uint8_t>(30 * 40 * 3, static_cast<std::uint8_t>(40 * i))};
    write_file_atomically(file, encode_jpeg(image));
    samples.push_back({static_cast<LookKey>(i + 1), file, {}, false});
  }
  const InputSpec input{.width = 8, .height = 8};
  const auto plan = [](std::int64_t step) {
    return std::vector<std::size_t>{static_cast<std::size_t>(step % 6), static_cast<std::size_t>((step + 1) % 6)};
  };
  const auto run = [&](int threads, std::int64_t first) {
    Loader loader(samples, input, {}, /*seed=*/7, plan, first, 20, threads);
    std::vector<std::vector<float>> batches;
    for (std::int64_t step = first; step < 20; ++step) {
      PictureBatch batch = loader.next();
      EXPECT_EQ(batch.step, step);
      EXPECT_EQ(batch.samples, plan(step));
      batches.push_back(std::move(batch.pixels));
    }
    EXPECT_THROW(loader.next(), Error);
    return batches;
  };
  const auto one = run(1, 0), three = run(3, 0), later = run(2, 12);
  EXPECT_EQ(one, three);
  EXPECT_TRUE(std::equal(later.begin(), later.end(), one.begin() + 12));
}

TEST(SampleSet, TakesTheAuthorsSplitDropsRareLabelsAndKeepsSeveral) {
  const testing::TempDir dir;
  SqliteCatalog catalog(dir.path());
  const auto add = [&](int i, std::vector<Label> labels) {
    ImageRecord record;
    char id[25];
    std::snprintf(id, sizeof id, "%024x", i);
    record.id = id;
    record.source = "photo " + std::to_string(i);
    record.file = "images/" + record.id + ".jpg";
    record.format = "jpeg";
    record.bytes = record.width = record.height = 1;
    record.labels = std::move(labels);
    catalog.add_image(record);
  };
  for (int i = 0; i < 12; ++i)
    add(i, {{"split", i < 8    ? "train"
                      : i < 10 ? "val"
                               : "test"},
            {"style", i % 2 == 0 ? "Retro" : "Street"},
            {"tag", "all"},
            {"tag", i == 0 ? "rare" : "common"}});
  add(20, {{"split", "train"}});  // no label to learn from
  const SampleSet set = load_samples(catalog, {"style", "tag"}, "train", "val");
  EXPECT_EQ(set.part(false).size(), 8u);
  EXPECT_EQ(set.part(true).size(), 2u);
  EXPECT_EQ(set.columns[0].names, (std::vector<std::string>{"Retro", "Street"}));
  EXPECT_EQ(set.columns[1].names, (std::vector<std::string>{"all", "common"}));
  EXPECT_EQ(set.columns[1].labels[0], (std::vector{0}));
  EXPECT_EQ(set.columns[1].labels[1], (std::vector{0, 1}));
  try {
    load_samples(catalog, {"colour"}, "train", "val");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("known label keys: split style tag"), std::string::npos) << error.what();
  }
}

TEST(SampleSet, TakesTheStoredCropAndWithoutLabelledBoxesTheGarmentsItWasMadeOf) {
  const testing::TempDir dir;
  SqliteCatalog catalog(dir.path());
  use_crops(catalog, "finder-1/rule");
  const Box labelled{1, 1, 5, 5}, found{2, 2, 6, 6}, seen{0, 0, 9, 9};
  for (int i = 0; i < 3; ++i) {
    ImageRecord record;
    record.id = std::string(23, '0') + static_cast<char>('a' + i);
    record.source = "photo " + std::to_string(i);
    record.labels = {{"split", i < 2 ? "train" : "val"}};
    const LookKey look = catalog.add_image(record).key;
    if (i == 0) catalog.put_garments(look, "label", std::vector<Garment>{{"top", "", 1, labelled}});
    catalog.put_garments(look, "finder-1", std::vector<Garment>{{"top", "", 1, found}, {"person", "", 1, seen}});
    if (i < 2) catalog.put_crop(look, {"finder-1/rule", "", seen});
  }
  const SampleSet set = load_samples(catalog, {}, "train", "val");
  ASSERT_EQ(set.samples.size(), 3u);
  EXPECT_EQ(set.samples[0].garments, std::vector{labelled});
  EXPECT_EQ(set.samples[0].crop, seen);
  EXPECT_EQ(set.samples[1].garments, std::vector{found});
  EXPECT_TRUE(set.samples[2].garments.empty());  // never looked at by a detector
  EXPECT_EQ(set.samples[2].crop, std::nullopt);
}

}  // namespace
}  // namespace ootd
