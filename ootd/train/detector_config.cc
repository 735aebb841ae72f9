#include "ootd/train/detector_config.h"

#include "ootd/base/io.h"
#include "ootd/base/toml.h"

namespace ootd {
namespace {

template <class IO, class Config>
void visit(IO& root, Config& c) {
  root.field("name", c.name);
  root.field("base", c.base);
  root.field("seed", c.seed);
  root.field("threads", c.threads);
  root.field("half", c.half);
  root.field("width", c.width);
  root.field("side", c.side);

  auto photos = root.table("data");
  photos.field("train", c.train_split);
  photos.field("val", c.val_split);
  photos.field("origin", c.origin);
  photos.finish();

  auto optimizer = root.table("optimizer");
  optimizer.field("epochs", c.epochs);
  optimizer.field("plain_epochs", c.plain_epochs);
  optimizer.field("batch", c.batch);
  optimizer.field("lr", c.lr);
  optimizer.field("backbone_lr", c.backbone_lr);
  optimizer.field("train_from", c.train_from);
  optimizer.field("weight_decay", c.weight_decay);
  optimizer.field("warmup", c.warmup);
  optimizer.field("clip_norm", c.clip_norm);
  optimizer.field("ema", c.ema);
  optimizer.field("box_weight", c.box_weight);
  optimizer.field("points_per_box", c.points_per_box);
  optimizer.finish();

  auto augment = root.table("augment");
  augment.field("min_scale", c.augment.min_scale);
  augment.field("max_scale", c.augment.max_scale);
  augment.field("max_stretch", c.augment.max_stretch);
  augment.field("flip", c.augment.flip);
  augment.field("jitter", c.augment.jitter);
  augment.field("background", c.augment.background);
  augment.field("mosaic", c.augment.mosaic);
  augment.field("mixup", c.augment.mixup);
  augment.field("sides", c.augment.sides);
  augment.finish();
}

}  // namespace

DetectorTrainConfig parse_detector_train_config(const std::string& text, const std::string& where) {
  const toml::table parsed = parse_toml(text, where);
  DetectorTrainConfig c;
  TableReader root(&parsed, where);
  visit(root, c);
  root.finish();
  const auto is_side = [](int side) { return side >= 64 && side <= 2048 && side % 32 == 0; };
  require(is_side(c.side), root, "side must be a multiple of 32 between 64 and 2048");
  require(!c.augment.sides.empty(), root, "[augment] sides must name at least one side");
  for (const int side : c.augment.sides)
    require(is_side(side), root, "[augment] sides must be multiples of 32 between 64 and 2048");
  require(c.width >= 16 && c.width <= 512, root, "width must lie between 16 and 512");
  require(c.epochs >= 1 && c.batch >= 1, root, "[optimizer] epochs and batch must be at least 1");
  require(c.plain_epochs >= 0 && c.plain_epochs <= c.epochs, root,
          "[optimizer] plain_epochs must lie between 0 and epochs");
  require(c.lr > 0 && c.backbone_lr >= 0, root, "[optimizer] lr must be positive, backbone_lr not negative");
  require(c.ema >= 0 && c.ema < 1, root, "[optimizer] ema must lie in [0, 1)");
  require(c.points_per_box >= 1, root, "[optimizer] points_per_box must be at least 1");
  require(c.augment.min_scale > 0 && c.augment.max_scale >= c.augment.min_scale && c.augment.max_stretch >= 1, root,
          "[augment] scales must be positive with min_scale <= max_scale, max_stretch at least 1");
  return c;
}

DetectorTrainConfig read_detector_train_config(const std::filesystem::path& file) {
  return parse_detector_train_config(read_text(file, 1 << 20), file.string());
}

std::string to_toml(const DetectorTrainConfig& config) {
  TableWriter root;
  visit(root, config);
  std::ostringstream text;
  text << root.result() << "\n";
  return text.str();
}

}  // namespace ootd
