#include "ootd/embed/pca.h"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"

namespace ootd {

std::vector<NamedFloats> fit_pca(const Matrix& features, const PcaOptions& options) {
  using DoubleMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto n = static_cast<Eigen::Index>(features.rows()), d = static_cast<Eigen::Index>(features.cols());
  if (n < 2)
    throw Error(Kind::kInput, "PCA needs at least 2 images, there are " + std::to_string(n) + "; import more first");
  if (options.dim < 1 || options.dim > d)
    throw Error(Kind::kInput, "PCA to " + std::to_string(options.dim) + " dimensions of " + std::to_string(d));

  using FloatRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const DoubleMatrix rows = Eigen::Map<const FloatRows>(features.values(), n, d).cast<double>();
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  const DoubleMatrix centred = rows.rowwise() - mean;
  DoubleMatrix covariance = DoubleMatrix::Zero(d, d);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose(), 1.0 / static_cast<double>(n));
  const Eigen::SelfAdjointEigenSolver<DoubleMatrix> solver(covariance);  // eigenvalues ascending
  if (solver.info() != Eigen::Success) throw Error(Kind::kInternal, "PCA: the eigenvalue iteration did not converge");
  const double largest = solver.eigenvalues()(d - 1);
  if (!(largest > 1e-12)) throw Error(Kind::kInput, "PCA: all images have the same features");

  NamedFloats weight{"head.weight", {options.dim, d}, {}}, bias{"head.bias", {options.dim}, {}};
  for (int component = 0; component < options.dim; ++component) {
    Eigen::VectorXd axis = solver.eigenvectors().col(d - 1 - component);
    Eigen::Index strongest = 0;
    axis.cwiseAbs().maxCoeff(&strongest);
    if (axis(strongest) < 0) axis = -axis;
    // Undetermined components have no variance to divide by; they are scaled like the weakest that counts.
    const double variance = std::max(solver.eigenvalues()(d - 1 - component), 1e-6 * largest);
    axis *= std::pow(variance, -0.5 * static_cast<double>(options.whitening));
    for (Eigen::Index i = 0; i < d; ++i) weight.values.push_back(static_cast<float>(axis(i)));
    bias.values.push_back(static_cast<float>(-mean.dot(axis)));
  }
  return {weight, bias};
}

Matrix apply_head(const Model& model, const Matrix& features) {
  const auto dim = static_cast<std::size_t>(model.config.dim()), d = features.cols();
  const Weights weights(model.weights_files());
  const auto weight = weights.floats("head.weight", {model.config.dim(), static_cast<std::int64_t>(d)});
  const auto bias =
      model.config.head->bias ? weights.floats("head.bias", {model.config.dim()}) : std::vector<float>(dim);
  Matrix vectors(features.rows(), dim);
  for (std::size_t i = 0; i < features.rows(); ++i) {
    for (std::size_t c = 0; c < dim; ++c)
      vectors.row(i)[c] = dot(features.row(i), std::span(weight).subspan(c * d, d)) + bias[c];
    normalize(vectors.row(i));
  }
  return vectors;
}

Model save_pca_model(const std::filesystem::path& parent, const Model& backbone, const Matrix& features,
                     const PcaOptions& options) {
  ModelConfig config = backbone.config;
  config.name = "pca" + std::to_string(options.dim);
  config.head = HeadConfig{options.dim, /*bias=*/true, /*normalize_input=*/true};
  config.cut = 0;
  // The leading components of a PCA are the smaller PCA.
  config.matryoshka.clear();
  for (const int prefix : {32, 64, 96})
    if (prefix < options.dim) config.matryoshka.push_back(prefix);
  // The backbone's own files lie beside the head: some kilobytes are written, whatever the backbone's size.
  config.weights = {"head.safetensors"};
  std::vector<std::filesystem::path> links = backbone.tokenizer_files();
  for (const auto& file : backbone.stored_files()) links.push_back(file);
  for (const auto& file : backbone.config.weights) config.weights.push_back(std::filesystem::path(file).filename());
  if (auto* onnx = std::get_if<OnnxTowers>(&config.network)) onnx->dim = static_cast<int>(features.cols());
  config.source = "PCA over " + std::to_string(features.rows()) + " images of this workspace, on " + backbone.id +
                  (backbone.config.source.empty() ? "" : " (" + backbone.config.source + ")");
  return save_model(parent, config, fit_pca(features, options), links);
}

}  // namespace ootd
