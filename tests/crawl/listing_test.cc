#include "ootd/crawl/listing.h"

#include <gtest/gtest.h>

#include "ootd/base/gzip.h"
#include "ootd/base/io.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/parquet.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

// A recipe with its first list's answer. Every list here begins at https://a.example/.
ListingPage list(const Recipe& recipe, std::string_view body, const std::string& content_type = "",
                 std::optional<ListingRequest> request = std::nullopt) {
  if (!request) request = first_requests(recipe).at(0);
  return parse_listing(recipe, *request, {request->url, content_type, body});
}

// "https://x/1.jpg id=7 page=https://x/l/7 style=Retro brand=A", one item a line.
std::string lines_of(const ListingPage& page) {
  std::string text;
  for (const ListingItem& item : page.items) {
    text += item.image_url;
    if (!item.id.empty()) text += " id=" + item.id;
    if (!item.page_url.empty()) text += " page=" + item.page_url;
    for (const Label& label : item.labels) text += " " + label.key + "=" + label.value;
    text += "\n";
  }
  return text;
}

std::string next_of(const ListingPage& page) {
  std::string text;
  for (const ListingRequest& request : page.next) text += (text.empty() ? "" : " ") + request.url;
  return text;
}

Recipe json_recipe(const std::string& paging, const std::string& start = "https://a.example/list?p={page}") {
  return parse_recipe("name='j'\nversion=3\nkind='json'\nstart=['" + start +
                          "']\n[items]\nat='$.list[*]'\nid='$.id'\n"
                          "[image]\nfrom='$.src'\n[labels]\nbrand='$.brand.name'\ntag='$.tags[*]'\n[paging]\n" +
                          paging,
                      "r.toml");
}

TEST(JsonListing, ItemsGetTheirLabelsAndBadOnesBecomeProblems) {
  const ListingPage page = list(json_recipe("kind='page'"), R"({"list": [
      {"id": 7, "src": "/i/1.jpg", "brand": {"name": " A  B "}, "tags": ["x", "y", "x", {"no": 1}]},
      {"id": 8, "brand": null},
      {"id": 9, "src": "javascript:void"},
      {"src": "//cdn.example/a b.jpg?w=1#top"}]})");
  EXPECT_EQ(lines_of(page),
            "https://a.example/i/1.jpg id=7 brand=A B tag=x tag=y\nhttps://cdn.example/a%20b.jpg?w=1\n");
  EXPECT_EQ(page.problems, (std::vector<std::string>{
                               "https://a.example/list?p=1: $.list[*] number 1: no image at $.src",
                               "https://a.example/list?p=1: $.list[*] number 2: \"javascript:void\" is no http(s) "
                               "url of an image"}));
  EXPECT_EQ(next_of(page), "https://a.example/list?p=2");
}

TEST(JsonListing, AChangedSiteIsAnErrorThatSaysWhatIsThere) {
  const Recipe recipe = json_recipe("kind='page'");
  const auto message = [&](const char* body) { return testing::message_of([&] { list(recipe, body); }); };
  EXPECT_EQ(
      message(R"({"code": 1, "looks": []})"),
      "recipe j, version 3: https://a.example/list?p=1: no items at $.list[*]: $ has no \"list\"; it has: code, "
      "looks. The site has changed, or its answer is no list (a login, an error page); the recipe must be brought "
      "up to date");
  EXPECT_NE(message("<html>").find("not valid JSON"), std::string::npos);
  EXPECT_NE(message(R"({"list": [{"picture": 1}, {"picture": 2}]})").find("none of 2 items could be read"),
            std::string::npos);
  EXPECT_EQ(message(R"({"list": []})"), "accepted");
}

TEST(Paging, PagesEndAtAnEmptyOneOrAtTheLimit) {
  const Recipe recipe = json_recipe("kind='page'\nfirst=0\nmax_pages=2");
  const ListingPage first = list(recipe, R"({"list": [{"src": "a.jpg"}]})");
  ASSERT_EQ(next_of(first), "https://a.example/list?p=1");
  const ListingPage last = list(recipe, R"({"list": [{"src": "a.jpg"}]})", "", first.next[0]);
  EXPECT_EQ(next_of(last), "");
  EXPECT_EQ(last.cut_off, "max_pages") << "which is no end of the list itself";
  EXPECT_EQ(next_of(list(recipe, R"({"list": []})")), "");
}

TEST(Paging, OffsetsCountItems) {
  const Recipe recipe = json_recipe("kind='offset'", "https://a.example/list?o={offset}");
  EXPECT_EQ(first_requests(recipe)[0].url, "https://a.example/list?o=0");
  const ListingPage first = list(recipe, R"({"list": [{"src": "a.jpg"}, {"src": "b.jpg"}, {}]})");
  ASSERT_EQ(next_of(first), "https://a.example/list?o=3");
  EXPECT_EQ(next_of(list(recipe, R"({"list": [{"src": "c.jpg"}]})", "", first.next[0])), "https://a.example/list?o=4");
}

TEST(Paging, CursorsAreEscapedAndEndWhereThereIsNone) {
  const Recipe recipe = json_recipe("kind='cursor'\nnext='$.next'", "https://a.example/list?c={cursor}");
  EXPECT_EQ(first_requests(recipe)[0].url, "https://a.example/list?c=");
  EXPECT_EQ(next_of(list(recipe, R"({"list": [{"src": "a.jpg"}], "next": "a/b=="})")),
            "https://a.example/list?c=a%2Fb%3D%3D");
  EXPECT_EQ(next_of(list(recipe, R"({"list": [{"src": "a.jpg"}], "next": null})")), "");
}

TEST(Paging, ANextPageThatIsThisPageEndsTheList) {
  const Recipe recipe = json_recipe("kind='next'\nnext='$.next'", "https://a.example/list");
  const ListingPage page = list(recipe, R"({"list": [{"src": "a.jpg"}], "next": "/list"})");
  EXPECT_EQ(next_of(page), "");
  ASSERT_EQ(page.problems.size(), 1u);
  EXPECT_NE(page.problems[0].find("this page again"), std::string::npos);
}

TEST(Matrix, EachCombinationIsAListOfItsOwn) {
  const Recipe recipe = parse_recipe(R"(
name = "m"
kind = "json"
start = ["https://a.example/{sex}/{style}?p={page}"]
[matrix]
style = { "Retro & Chic" = "r/c", Street = "s" }
sex = ["m", "w"]
[paging]
kind = "page"
[items]
at = "$"
[image]
from = "$.src"
[constants]
style = "{style}"
source = "m"
)",
                                     "r.toml");
  const auto requests = first_requests(recipe);
  std::string urls;
  for (const auto& request : requests) urls += request.url + "\n";
  EXPECT_EQ(urls,
            "https://a.example/m/r%2Fc?p=1\nhttps://a.example/m/s?p=1\nhttps://a.example/w/r%2Fc?p=1\n"
            "https://a.example/w/s?p=1\n");
  const ListingPage page = list(recipe, R"({"src": "https://a.example/1.jpg"})", "", requests[2]);
  EXPECT_EQ(lines_of(page), "https://a.example/1.jpg source=m style=Retro & Chic\n");
  EXPECT_EQ(next_of(page), "https://a.example/w/r%2Fc?p=2");
}

TEST(Requests, SurviveTheLedger) {
  ListingRequest request{.url = "https://a.example/1",
                         .choices = {{"style", "Retro"}},
                         .start = 1,
                         .page = 4,
                         .offset = 80,
                         .item = ListingItem()};
  request.item->id = "7";
  request.item->page_url = "https://a.example/7";
  request.item->labels = {{"style", "Retro"}, {"brand", "A"}};
  const Json json = to_json(request);
  EXPECT_EQ(to_json(listing_request_from_json(json, "ledger")), json);
  EXPECT_EQ(listing_request_from_json(json, "ledger").item->labels, request.item->labels);
  EXPECT_EQ(testing::message_of([] { listing_request_from_json(Json::object(), "ledger"); }),
            "ledger: field \"url\" is missing");
}

TEST(Requests, OfAnotherVersionOfTheRecipeAreRefused) {
  const Recipe recipe = find_recipe("musinsa");
  for (const char* json : {R"({"url": "https://a.example"})", R"({"url": "https://a.example", "start": 1})",
                           R"({"url": "https://a.example", "item": {"id": "", "page": "", "labels": []}})"}) {
    const auto request = listing_request_from_json(parse_json(json, "ledger"), "ledger");
    EXPECT_NE(testing::message_of([&] { list(recipe, "{}", "", request); }).find("by another version"),
              std::string::npos);
  }
}

Recipe gallery() {
  return find_recipe("html-gallery",
                     {{{"url", "https://a.example/looks/"}, {"item", "li.card"}, {"style", "Retro"}}, {}});
}

TEST(HtmlListing, ReadsCardsTheLargestPictureAndTheNextPage) {
  const ListingPage page = list(gallery(), R"(<html><head><meta name="robots" content="noai"></head><body><ul>
      <li class="card"><a href="l/1"><img src="1_s.jpg" srcset="1_m.jpg 300w, 1_l.jpg 1200w"></a></li>
      <li class="card"><a href="l/2"><img data-src="/2.jpg" src="data:image/gif;base64,R0"></a></li>
      <li class="card">no picture</li><li class="ad"><img src="ad.jpg"></li></ul>
      <a rel="next" href="?page=2">more</a></body></html>)");
  EXPECT_EQ(lines_of(page),
            "https://a.example/looks/1_l.jpg page=https://a.example/looks/l/1 source=html-gallery style=Retro\n"
            "https://a.example/2.jpg page=https://a.example/looks/l/2 source=html-gallery style=Retro\n");
  EXPECT_EQ(next_of(page), "https://a.example/looks/?page=2");
  EXPECT_EQ(page.problems.size(), 1u);
  EXPECT_EQ(to_string(page.opt_outs), "noai");
}

TEST(HtmlListing, LinksStartAtTheBaseElement) {
  const ListingPage page = list(gallery(), "<base href='//b.example/x/'><ul><li class=card><img src=1.jpg></ul>");
  EXPECT_EQ(page.items.at(0).image_url, "https://b.example/x/1.jpg");
}

TEST(HtmlListing, AFirstPageWithoutItemsIsAChangedSiteALaterOneTheEnd) {
  const auto request = [](int number) {
    ListingRequest made = first_requests(gallery())[0];
    made.page = number;
    return made;
  };
  EXPECT_NE(testing::message_of([&] { list(gallery(), "<p>Log in</p>", "", request(0)); }).find("matches \"li.card\""),
            std::string::npos);
  EXPECT_TRUE(list(gallery(), "<p>The end</p>", "", request(3)).items.empty());
}

TEST(HtmlListing, APictureIsFoundHoweverThePageLoadsIt) {
  constexpr std::pair<const char*, const char*> kItems[] = {
      {"<img src=a.jpg>", "a.jpg"},
      {"<img src='data:image/gif;base64,R0' data-srcset='s.jpg 300w, a.jpg 900w'>", "a.jpg"},
      {"<img src=blank.gif data-src=a.jpg>", "a.jpg"},
      {"<img src=blank.gif srcset='data:image/gif;base64,R0lGOD 1w' data-original=a.jpg>", "a.jpg"},
      {"<picture><source type=image/avif srcset=no.avif><source type=image/webp srcset='s.webp 1x, a.webp 2x'>"
       "<source type=image/jpeg srcset=other.jpg><img src=small.jpg></picture>",
       "a.webp"},
      {"<picture><source data-srcset='a.jpg 900w'><img src='data:,'></picture>", "a.jpg"},
      {"<picture><source type=image/avif srcset=no.avif><img src=a.jpg></picture>", "a.jpg"},
      {"<picture><source srcset='a.jpg 9w'></picture>", "a.jpg"},
      {"<img src=/blank.gif class=lazy><noscript><img src=a.jpg></noscript>", "a.jpg"},
      {"<img data-src=a.jpg><noscript><img src=a.jpg?again></noscript>", "a.jpg"},
      {"<noscript><img src=a.jpg></noscript>", "a.jpg"},
  };
  for (const auto& [item, picture] : kItems) {
    const ListingPage page = list(gallery(), "<ul><li class=card>" + std::string(item) + "</ul>");
    ASSERT_EQ(page.items.size(), 1u) << item;
    EXPECT_EQ(page.items[0].image_url, "https://a.example/looks/" + std::string(picture)) << item;
  }
  const ListingPage mixed = list(gallery(), "<ul><li class=card><img src=1.jpg><img src='data:,' data-src=2.jpg></ul>");
  EXPECT_EQ(mixed.items.size(), 2u) << "each by its own";
}

TEST(Places, WhatIsNoAddressIsNoValueOfAnImage) {
  Recipe recipe = gallery();
  recipe.image.from = "img @src || img @data-full";
  const ListingPage page = list(recipe, "<ul><li class=card><img src='data:image/gif;base64,R0' data-full=1.jpg></ul>");
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].image_url, "https://a.example/looks/1.jpg");
  Recipe json = json_recipe("kind='none'", "https://a.example/list");
  json.image.from = "$.thumb || $.src";
  EXPECT_EQ(list(json, R"({"list": [{"thumb": "data:image/png;base64,AA", "src": "a.jpg"}]})").items.at(0).image_url,
            "https://a.example/a.jpg");
}

TEST(JsonListing, AFieldThatNobodyReadsNeverEndsAList) {
  const ListingPage page = list(json_recipe("kind='page'"),
                                R"({"total": NaN, "list": [{"id": 9007199254740993, "src": "1.jpg", "score": -Infinity,
      "caption": "cut \ud83d", "tags": ["x"]}, {"id": 98765432109876543210987, "src": "2.jpg"}]})");
  EXPECT_EQ(lines_of(page),
            "https://a.example/1.jpg id=9007199254740993 tag=x\n"
            "https://a.example/2.jpg id=98765432109876543210987\n");
}

TEST(Table, AddressesMayBeWrittenAsPeopleWriteThem) {
  Recipe recipe = find_recipe("urls", {{{"list", "HTTPS://a.example/list.txt"}}, {}});
  EXPECT_EQ(first_requests(recipe).at(0).url, "https://a.example/list.txt");
  EXPECT_EQ(lines_of(list(recipe, "  HTTP://b.example/1.jpg \nhttp:\\\\b.example\\2  x.jpg\n")),
            "http://b.example/1.jpg\nhttp://b.example/2%20%20x.jpg\n");
}

TEST(Paging, APageThatCouldNotBeReadIsFollowedByTheNextButNotByMany) {
  const Recipe pages = json_recipe("kind='page'"),
               offsets = json_recipe("kind='offset'", "https://a.example/?o={offset}"),
               cursors = json_recipe("kind='cursor'\nnext='$.next'", "https://a.example/?c={cursor}");
  ListingRequest request = first_requests(pages)[0];
  const auto second = page_after_unread(pages, request);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->url, "https://a.example/list?p=2");
  EXPECT_FALSE(page_after_unread(pages, *second)) << "two in a row";
  EXPECT_EQ(list(pages, R"({"list": [{"src": "a.jpg"}]})", "", second).next.at(0).unread, 0);
  request.page = 3;
  request.offset = 60;
  EXPECT_EQ(page_after_unread(offsets, request).value().url, "https://a.example/?o=80");
  EXPECT_FALSE(page_after_unread(offsets, first_requests(offsets)[0])) << "how long a page is is not known";
  EXPECT_FALSE(page_after_unread(cursors, first_requests(cursors)[0])) << "only the page itself knew";
  EXPECT_EQ(listing_request_from_json(to_json(*second), "ledger").unread, 1);
}

TEST(Paging, PagesOfWhichNothingCanBeReadEndTheListAndAreSaid) {
  const Recipe recipe = json_recipe("kind='page'");
  ListingRequest request = first_requests(recipe)[0];
  request.page = 4;
  const ListingPage one = list(recipe, R"({"list": [{"video": 1}]})", "", request);
  ASSERT_EQ(one.next.size(), 1u);
  EXPECT_EQ(one.problems.size(), 1u);
  const ListingPage two = list(recipe, R"({"list": [{"video": 1}]})", "", one.next[0]);
  EXPECT_TRUE(two.next.empty());
  EXPECT_EQ(two.cut_off, "unread");
}

TEST(DetailPages, HoldTheImageAndMoreLabels) {
  const Recipe recipe = parse_recipe(R"(
name = "d"
kind = "html"
start = ["https://a.example/"]
[items]
at = "li"
id = "@data-id"
[page]
from = "a @href"
[labels]
brand = "b"
[detail]
kind = "html"
[detail.image]
from = "img.full @src"
replace = ["_small", "", "http:", "https:"]
[detail.labels]
style = ".style"
)",
                                     "r.toml");
  const ListingPage page = list(recipe, "<ul><li data-id=7><a href=/l/7>x</a><b>A</b></li><li data-id=8></li></ul>");
  EXPECT_TRUE(page.items.empty());
  ASSERT_EQ(next_of(page), "https://a.example/l/7");
  EXPECT_EQ(page.problems.size(), 1u);
  const auto detail = listing_request_from_json(to_json(page.next[0]), "ledger");
  const ListingPage look =
      list(recipe, "<img class=full src=http://c.example/7_small.jpg><i class=style>Retro</i>", "", detail);
  EXPECT_EQ(lines_of(look), "https://c.example/7.jpg id=7 page=https://a.example/l/7 brand=A style=Retro\n");
  EXPECT_EQ(list(recipe, "<p>gone</p>", "", detail).problems,
            std::vector<std::string>{"https://a.example/l/7: the page: no image at img.full @src"});
}

TEST(ShopifyListing, EachPhotoOfAProductIsAnItem) {
  const Recipe recipe = find_recipe("shopify-products", {{{"shop", "https://s.example"}}, {}});
  EXPECT_EQ(first_requests(recipe)[0].url, "https://s.example/products.json?limit=250&page=1");
  const ListingPage page = list(recipe, R"({"products": [{"id": 5, "title": "Shirt", "handle": "shirt", "vendor": "A",
      "product_type": "Top", "tags": ["new"], "published_at": "2024-01-02",
      "images": [{"src": "https://cdn.example/1.jpg?v=1"}, {"src": "https://cdn.example/2.jpg"}]}]})");
  const std::string rest =
      " id=5 page=https://s.example/products/shirt brand=A date=2024-01-02 source=shopify-products tag=new title=Shirt "
      "type=Top\n";
  EXPECT_EQ(lines_of(page), "https://cdn.example/1.jpg?v=1" + rest + "https://cdn.example/2.jpg" + rest);
}

TEST(MusinsaListing, IsReadAsItsPublicShapeIs) {
  const Recipe recipe = find_recipe("musinsa", {{{"style", "Retro"}}, {"gender"}});
  const auto requests = first_requests(recipe);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].url,
            "https://content.musinsa.com/api2/content/snap/v1/"
            "snaps?page=1&pageSize=20&sort=LATEST&contentTypes=CODISHOP_SNAP,MUSINSA_SNAP&styles=Retro");
  const ListingPage page = list(recipe, R"({"data": {"list": [{"id": "12", "contentType": "CODISHOP_SNAP",
      "medias": [{"path": "https://i.example/snap_card_34.jpg"}], "tags": [{"name": "denim"}],
      "model": {"gender": "WOMEN", "height": 170}}]}})");
  EXPECT_EQ(lines_of(page),
            "https://i.example/snap_card_34.jpg id=12 gender=WOMEN kind=CODISHOP_SNAP source=musinsa style=Retro "
            "tag=denim\n");
}

Recipe recipe_of(const std::string& kind, const std::string& more = "") {
  return parse_recipe("name='x'\nkind='" + kind + "'\nstart=['https://a.example/list']\n" + more, "r.toml");
}

TEST(Sitemap, ReadsImagesAndIndexes) {
  const ListingPage page = list(recipe_of("sitemap", "[page]\nfrom='loc'\n[labels]\ndate='lastmod'\n"),
                                R"(<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
          xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
          <url><loc>https://a.example/1</loc><lastmod>2024-01-02</lastmod>
            <image:image><image:loc>https://a.example/1a.jpg</image:loc></image:image>
            <image:image><image:loc>https://a.example/1b.jpg?x=1&amp;y=2</image:loc></image:image></url>
          <url><loc>https://a.example/2.JPG</loc></url><url><loc>https://a.example/3</loc></url></urlset>)");
  EXPECT_EQ(lines_of(page),
            "https://a.example/1a.jpg page=https://a.example/1 date=2024-01-02\n"
            "https://a.example/1b.jpg?x=1&y=2 page=https://a.example/1 date=2024-01-02\n"
            "https://a.example/2.JPG page=https://a.example/2.JPG\n");
  EXPECT_EQ(page.problems.size(), 1u);
  const ListingPage index = list(recipe_of("sitemap"),
                                 "<sitemapindex><sitemap><loc>https://a.example/s1.xml</loc></"
                                 "sitemap><sitemap><loc>s2.xml.gz</loc></sitemap></sitemapindex>");
  EXPECT_EQ(next_of(index), "https://a.example/s1.xml https://a.example/s2.xml.gz");
  EXPECT_NE(
      testing::message_of([] { list(recipe_of("sitemap"), "<html></html>"); }).find("no sitemap: its root is <html>"),
      std::string::npos);
}

TEST(Sitemap, DamagedXmlIsReadAsFarAsItGoes) {
  const ListingPage page =
      list(recipe_of("sitemap"), "<urlset><url><loc>https://a.example/1.jpg?a=1&b=2</loc></url><url>");
  EXPECT_EQ(page.items.size(), 1u);
  EXPECT_FALSE(page.problems.empty());
}

TEST(Gzip, IsUnpackedUpToALimit) {
  // Python: gzip.compress(b"<urlset><url><loc>https://a.example/1.jpg</loc></url></urlset>", 9, mtime=0)
  constexpr std::string_view kHex =
      "1f8b0800000000000203b3292dca294e2db1b301d2763639f9c97619252505c556fafa897aa91589b90539a9fa867a5905e9"
      "36fa20491b7db03a7da82e00d2b657d53e000000";
  std::string bytes;
  for (std::size_t i = 0; i < kHex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(kHex.substr(i, 2)), nullptr, 16));
  EXPECT_EQ(gunzip(bytes, 100), "<urlset><url><loc>https://a.example/1.jpg</loc></url></urlset>");
  EXPECT_EQ(gunzip(std::string(bytes) + std::string(bytes), 200).size(), 2 * gunzip(bytes, 100).size());
  EXPECT_NE(testing::message_of([&] { gunzip(bytes, 20); }).find("when unpacked"), std::string::npos);
  EXPECT_EQ(testing::message_of([&] { gunzip(std::string_view(bytes).substr(0, 30), 100); }),
            "damaged or truncated gzip");
  EXPECT_EQ(testing::message_of([] { gunzip("\x1f\x8b\x08junk", 100); }), "damaged or truncated gzip");
  EXPECT_EQ(lines_of(list(recipe_of("sitemap"), bytes)), "https://a.example/1.jpg\n");
}

TEST(Feed, ReadsRssAndAtom) {
  const std::string more = "[page]\nfrom='link || link @href'\n[labels]\ntag='category || category @term'\n";
  const ListingPage rss = list(
      recipe_of("feed", more),
      R"(<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
        <item><link>https://a.example/1</link><category>Retro</category><category>Denim</category>
          <media:content url="https://a.example/1.jpg" medium="image"/><media:content url="https://a.example/1.mp4" type="video/mp4"/>
          <media:thumbnail url="https://a.example/1_s.jpg"/></item>
        <item><enclosure url="2.jpg" type="image/jpeg" length="3"/></item>
        <item><description>&lt;p&gt;Look &lt;img src="/3.jpg"&gt;</description></item>
        <item><title>words only</title></item></channel></rss>)");
  EXPECT_EQ(lines_of(rss),
            "https://a.example/1.jpg page=https://a.example/1 tag=Denim "
            "tag=Retro\nhttps://a.example/2.jpg\nhttps://a.example/3.jpg\n");
  EXPECT_EQ(rss.problems.size(), 1u);
  const ListingPage atom =
      list(recipe_of("feed", more),
           R"(<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://a.example/4"/><category term="Chic"/>
         <link rel="enclosure" type="image/png" href="/4.png"/></entry></feed>)");
  EXPECT_EQ(lines_of(atom), "https://a.example/4.png page=https://a.example/4 tag=Chic\n");
}

ListingPage list_file(const std::string& name, std::string_view body, const std::vector<std::string>& allow = {}) {
  return list(find_recipe("urls", {{{"list", name}}, allow}), body);
}

TEST(Table, CsvColumnsAreLabelsButDataOfPersonsIsNot) {
  constexpr char kCsv[] =
      "id,url,Styles,season,gender,nickname,width\n"
      "1,https://a.example/1.jpg,Retro|Street,summer,w,Ann,600\nbad "
      "row\n2,,Chic,,,,\n\"3\",\"https://a.example/a,b.jpg\",,,,,\n";
  EXPECT_EQ(lines_of(list_file("/x/a.CSV", kCsv)),
            "https://a.example/1.jpg id=1 season=summer style=Retro style=Street\nhttps://a.example/a,b.jpg id=3\n");
  EXPECT_EQ(
      list_file("a.csv", kCsv).problems,
      (std::vector<std::string>{"a.csv: row 2 has 1 fields, the first row names 7 columns", "a.csv: row 3: no image"}));
  EXPECT_NE(lines_of(list_file("a.csv", kCsv, {"gender"})).find(" gender=w "), std::string::npos);
}

TEST(Table, ReadsJsonLinesAndPlainLists) {
  EXPECT_EQ(
      lines_of(list_file(
          "a.jsonl", "{\"url\": \"https://a.example/1.jpg\", \"style\": [\"Retro\", \"Chic\"], \"age\": 3}\n\nnope\n")),
      "https://a.example/1.jpg style=Chic style=Retro\n");
  const ListingPage plain =
      list_file("a.txt", "\xEF\xBB\xBF# looks\nhttps://a.example/1.jpg\r\n\nwords\nhttps://a.example/2.jpg");
  EXPECT_EQ(lines_of(plain), "https://a.example/1.jpg\nhttps://a.example/2.jpg\n");
  EXPECT_EQ(plain.problems, std::vector<std::string>{"a.txt: row 2 is no http(s) url: \"words\""});
}

using Rows = std::vector<std::vector<ParquetCell>>;

std::string parquet_of(const std::vector<ParquetField>& fields, const Rows& rows) {
  const testing::TempDir dir;
  ParquetWriter writer(dir.path() / "t", fields);
  for (const auto& row : rows) writer.add(row);
  writer.commit();
  return read_text(dir.path() / "t");
}

TEST(Table, ReadsParquetAsItReadsCsv) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  constexpr auto kText = ParquetType::kText;
  const std::string body = parquet_of({{"id", ParquetType::kInteger},
                                       {"url", kText, true},
                                       {"Styles", kText, true},
                                       {"price", ParquetType::kReal},
                                       {"gender", kText},
                                       {"__index_level_0__", ParquetType::kInteger}},
                                      {{1, "https://a.example/1.jpg", "Retro|Chic", 9.5, "w", 0},
                                       {2, std::monostate(), "Chic", 1.0, "w", 1},
                                       {3, "https://a.example/a,b.jpg", std::monostate(), 1e30, "w", 2}});
  const ListingPage page = list_file("/x/a.Parquet", body);
  EXPECT_EQ(lines_of(page),
            "https://a.example/1.jpg id=1 price=9.5 style=Chic style=Retro\n"
            "https://a.example/a,b.jpg id=3 price=1e+30\n");
  EXPECT_EQ(page.problems, std::vector<std::string>{"/x/a.Parquet: row 2: no image"});
  EXPECT_NE(lines_of(list_file("a.parquet", body, {"gender"})).find(" gender=w "), std::string::npos);
  EXPECT_EQ(list(find_recipe("urls", {{{"list", "https://b.example/l?id=7"}}, {}}), body).items.size(), 2u)
      << "is known by what it holds, too";
}

TEST(Table, ColumnsOfParquetThatAreNotReadMatterOnlyIfTheyAreNamed) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  const std::string body = read_text(std::string(OOTD_GOLDEN_DIR) + "/parquet/refused.parquet");
  const ListingPage page = list_file("a.parquet", body);
  EXPECT_EQ(lines_of(page), "https://a.example/1.jpg\n");
  ASSERT_EQ(page.problems.size(), 6u);
  EXPECT_EQ(page.problems[0], "a.parquet: column \"when\" is left out: it is of the type INT96");
  EXPECT_EQ(page.problems[4], "a.parquet: column \"picture\" is left out: it holds bytes that are no text");
  const Recipe recipe = parse_recipe("name='t'\nkind='table'\nstart=['a.parquet']\n[labels]\ntag='tags'\n", "t.toml");
  EXPECT_EQ(
      testing::message_of([&] { list(recipe, body); }),
      "recipe t, version 1: a.parquet: column \"tags\" is nested (a list, map or struct), which is not read; write "
      "the file with this column as text, or without it");
}

TEST(Table, APackedListIsBounded) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  const std::string long_text(1 << 20, 'x');
  const Rows rows(200, {"https://a.example/1.jpg", long_text});
  const std::string body = parquet_of({{"url", ParquetType::kText}, {"about", ParquetType::kText}}, rows);
  EXPECT_LT(body.size(), 1u << 20);
  const ListingPage part = list_file("a.parquet", body);
  EXPECT_EQ(part.items.size(), 16u);
  EXPECT_EQ(part.next.at(0).offset, 16);
  EXPECT_NE(
      testing::message_of([&] { list_file("https://b.example/a.parquet", body); }).find("too large when unpacked"),
      std::string::npos);
}

TEST(Table, WhatIsNotReadSaysWhatToDo) {
  EXPECT_NE(testing::message_of([] {
              list_file("a.parquet", "PAR1...");
            }).find(has_parquet() ? "fetch or write it anew" : "this build of ootd has no Parquet"),
            std::string::npos);
  EXPECT_NE(testing::message_of([] { list_file("a.csv.gz", "\x1f\x8b\x08"); }).find("gunzip"), std::string::npos);
}

TEST(Table, ALongLocalListIsReadInPartsThatMeetWithoutGapOrOverlap) {
  const std::size_t rows = 2 * kTableItems + 17;
  std::string csv = "url,n\n", text;
  Rows cells;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string url = "https://a.example/" + std::to_string(i) + ".jpg";
    csv += url + ",\"a\nb\"\n";
    text += url + "\n";
    cells.push_back({url});
  }
  std::vector<std::pair<std::string, std::string>> lists = {{"a.csv", csv}, {"a.txt", text}};
  if (has_parquet()) lists.emplace_back("a.parquet", parquet_of({{"url", ParquetType::kText}}, cells));
  for (const auto& [name, body] : lists) {
    const Recipe recipe = find_recipe("urls", {{{"list", name}}, {}});
    std::size_t seen = 0, parts = 0;
    for (std::vector<ListingRequest> todo = first_requests(recipe); !todo.empty(); ++parts) {
      const ListingPage page = list(recipe, body, "", todo[0]);
      EXPECT_LE(page.items.size(), kTableItems);
      for (const ListingItem& item : page.items)
        ASSERT_EQ(item.image_url, "https://a.example/" + std::to_string(seen++) + ".jpg");
      todo = page.next;
    }
    EXPECT_EQ(seen, rows);
    EXPECT_EQ(parts, 3u);
  }
}

TEST(UrlText, PicksTheLargestOfASrcset) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"a.jpg 300w, b.jpg 1200w, c.jpg 600w", "b.jpg"},
      {"a.jpg, b.jpg 2x", "b.jpg"},
      {"a.jpg 1.5x,b.jpg 1x", "a.jpg"},
      {"https://x.example/a,w_10/b.jpg 10w, https://x.example/a,w_20/b.jpg 20w", "https://x.example/a,w_20/b.jpg"},
      {"", ""},
      {" , ", ""},
      {"only.jpg", "only.jpg"}};
  for (const auto& [srcset, best] : kCases) EXPECT_EQ(largest_of_srcset(srcset), best) << srcset;
}

// Of the examples and tests of the WHATWG URL standard.
TEST(UrlText, AddressesAreReadAsBrowsersReadThem) {
  constexpr char kBase[] = "https://a.example/x/y";
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"HTTP://A.Example/I.jpg", "http://a.example/I.jpg"},
      {"  https://a.example/i.jpg\r\n", "https://a.example/i.jpg"},
      {"https://a.example/a b  c.jpg?q=d e", "https://a.example/a%20b%20%20c.jpg?q=d%20e"},
      {"https://a.exa\nmple/a\tb.jpg", "https://a.example/ab.jpg"},
      {"https:\\\\a.example\\b\\c.jpg", "https://a.example/b/c.jpg"},
      {"\\b\\c.jpg", "https://a.example/b/c.jpg"},
      {"b\\c.jpg", "https://a.example/x/b/c.jpg"},
      {"\\\\cdn.example\\c.jpg", "https://cdn.example/c.jpg"},
      {"///cdn.example/c.jpg", "https://cdn.example/c.jpg"},
      {"/c.jpg?p=a\\b", "https://a.example/c.jpg?p=a%5Cb"},
      {"http:/b.example/c.jpg", "http://b.example/c.jpg"},
      {"http:b.example/c.jpg", "http://b.example/c.jpg"},
      {"https:c.jpg", "https://a.example/x/c.jpg"},
      {"https:/c.jpg", "https://a.example/c.jpg"},
      {"HTTPS:////b.example/c.jpg", "https://b.example/c.jpg"},
      {"../c.jpg#top", "https://a.example/c.jpg"},
      {"100%.jpg", "https://a.example/x/100%.jpg"},
  };
  for (const auto& [link, whole] : kCases) EXPECT_EQ(absolute_url(kBase, link).value_or("none"), whole) << link;
  EXPECT_EQ(absolute_url("", "HTTPS:\\\\A.example\\c d.jpg"), "https://a.example/c%20d.jpg") << "without a base";
  for (const char* bad :
       {"data:image/png;base64,AA", "DATA:,x", "about:blank", "blob:https://a.example/1", "#", "http://", " "})
    EXPECT_EQ(absolute_url(kBase, bad), std::nullopt) << bad;
}

TEST(UrlText, OnlyHttpLinksAreUrls) {
  EXPECT_EQ(absolute_url("https://a.example/x/y", " ../\xEB\xA3\xA9.jpg\n"), "https://a.example/%EB%A3%A9.jpg");
  for (const char* bad :
       {"", " ", "#top", "data:image/png;base64,AA", "javascript:void(0)", "mailto:a@b.example", "file:///etc/passwd"})
    EXPECT_EQ(absolute_url("https://a.example/", bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace ootd
