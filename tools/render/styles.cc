#include "tools/render/styles.h"

#include <string>

#include "ootd/base/error.h"
#include "tools/render/look.h"

namespace ootd::render {
namespace {

constexpr unsigned kPlain = bit(Pattern::kPlain), kStripe = bit(Pattern::kStripes), kPin = bit(Pattern::kPinstripe),
                   kHickory = bit(Pattern::kHickory), kPlaid = bit(Pattern::kPlaid), kGingham = bit(Pattern::kGingham),
                   kCheck = bit(Pattern::kCheck), kDots = bit(Pattern::kDots), kFloral = bit(Pattern::kFloral),
                   kCamo = bit(Pattern::kCamo), kBlocks = bit(Pattern::kBlocks), kDenim = bit(Pattern::kDenim),
                   kKnit = bit(Pattern::kKnit), kCable = bit(Pattern::kCable), kArgyle = bit(Pattern::kArgyle),
                   kTieDye = bit(Pattern::kTieDye), kGeometric = bit(Pattern::kGeometric),
                   kTweed = bit(Pattern::kTweed), kQuilted = bit(Pattern::kQuilted), kCord = bit(Pattern::kCord),
                   kLace = bit(Pattern::kLace), kSatin = bit(Pattern::kSatin);

// clang-format off
constexpr Wardrobe kWardrobes[] = {
    {.style = "Casual", .dress_share = 0.12, .outer_share = 0.45, .feminine_share = 0.5,
     .tops = {{{"t-shirt", 4, kPlain | kStripe}, {"long-sleeve tee", 2, kPlain | kStripe}, {"sweatshirt", 2, kPlain}, {"oxford shirt", 1, kPlain | kGingham}, {"fine knit", 1, kPlain}, {"tank top", 1, kPlain}}},
     .bottoms = {{{"straight jeans", 4, kDenim}, {"slim jeans", 3, kDenim}, {"chinos", 2, kPlain}, {"denim shorts", 2, kDenim}, {"joggers", 1, kPlain}, {"mini skirt", 1, kDenim}}},
     .dresses = {{{"t-shirt dress", 3, kPlain | kStripe}, {"shirt dress", 1, kPlain}}},
     .outers = {{{"denim jacket", 3, kDenim}, {"zip hoodie", 3, kPlain}, {"cardigan", 2, kKnit}}},
     .top_colors = {0xf4f2ec, 0xb9bcc2, 0x2f4468, 0x8db6d8, 0xd9675c, 0xe6b84e, 0x7f9a6b, 0x23252b},
     .bottom_colors = {0x4a6b96, 0x6f93bd, 0x2c3e5c, 0xc8b08a, 0x5b5e66},
     .outer_colors = {0x5c80ad, 0x9aa0a8, 0x2f3d55, 0xd8d0c0, 0x6d7d5c},
     .accents = {0x2f4468, 0xf4f2ec, 0xc85a50, 0xe0c890},
     .shoes = {Shoes::kSneakers, Shoes::kSneakers, Shoes::kFlats, Shoes::kHighTops}, .shoe_colors = {0xf2efe8, 0x2b3a55, 0x9aa0a8, 0xc24b46},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kCap, Hat::kBeanie}, .bags = {Bag::kNone, Bag::kNone, Bag::kTote, Bag::kBackpack, Bag::kCrossbody}},
    {.style = "Chic", .dress_share = 0.28, .outer_share = 0.6, .feminine_share = 0.8,
     .tops = {{{"silk blouse", 4, kSatin}, {"turtleneck", 3, kPlain}, {"camisole", 2, kSatin}, {"fine knit", 2, kPlain}, {"bow blouse", 1, kSatin}}},
     .bottoms = {{{"slim trousers", 4, kPlain}, {"pencil skirt", 3, kPlain | kSatin}, {"wide trousers", 2, kPlain}, {"mini skirt", 1, kPlain | kTweed}}},
     .dresses = {{{"slip dress", 3, kSatin}, {"sheath dress", 3, kPlain}, {"wrap dress", 1, kSatin}}},
     .outers = {{{"oversize blazer", 3, kPlain}, {"double-breasted blazer", 3, kPlain | kPin}, {"wool coat", 2, kPlain}, {"biker jacket", 2, kSatin}, {"tweed jacket", 1, kTweed}}},
     .top_colors = {0x17161a, 0x17161a, 0xf3eee4, 0x7a1626, 0xc9a27a, 0xb11f33, 0x3a3a40},
     .bottom_colors = {0x151518, 0x151518, 0x2b2a2f, 0xefe9dd, 0x6a1a28, 0xb28a63},
     .outer_colors = {0x141417, 0x141417, 0xc4a077, 0xf0eade, 0x7a1b2c, 0x55525a},
     .accents = {0xd4af62, 0xf3eee4, 0x17161a, 0xb11f33},
     .shoes = {Shoes::kHeels, Shoes::kHeels, Shoes::kBoots, Shoes::kLoafers}, .shoe_colors = {0x141416, 0x141416, 0x8f1d2c, 0xc7a17c},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kBeret}, .bags = {Bag::kNone, Bag::kHandbag, Bag::kHandbag, Bag::kHandbag, Bag::kCrossbody}},
    {.style = "Cityboy", .dress_share = 0.0, .outer_share = 0.55, .feminine_share = 0.25,
     .tops = {{{"oversize shirt", 4, kPlain | kStripe | kHickory}, {"boxy tee", 3, kPlain | kStripe}, {"mock-neck knit", 2, kPlain}, {"camp shirt", 2, kPlain | kGingham}, {"sweater vest", 1, kPlain | kKnit}, {"sweatshirt", 1, kPlain}}},
     .bottoms = {{{"balloon pants", 4, kPlain}, {"wide trousers", 3, kPlain}, {"wide shorts", 3, kPlain | kCheck}, {"wide jeans", 2, kDenim}, {"cargo pants", 1, kPlain}}},
     .outers = {{{"coach jacket", 3, kPlain}, {"balmacaan coat", 3, kPlain}, {"cardigan", 2, kKnit | kPlain}, {"anorak", 1, kPlain}, {"oversize blazer", 1, kPlain}}},
     .top_colors = {0xf3f1ea, 0x9cbbd6, 0x27375a, 0xa6b49a, 0xd9cfba, 0x8c9098, 0x3e5a4c},
     .bottom_colors = {0xcfc2a4, 0x26324e, 0x8d8a74, 0x3c3d42, 0x6c7865, 0x4d6c94},
     .outer_colors = {0x24345a, 0xc9bb9b, 0x7e8c78, 0x4a4c52, 0x9c8466},
     .accents = {0x27375a, 0xf3f1ea, 0x3f6b4f, 0xd07b3c},
     .shoes = {Shoes::kLoafers, Shoes::kRunners, Shoes::kRunners, Shoes::kHighTops}, .shoe_colors = {0x9aa0a6, 0x2a211c, 0xe9e4d8, 0x2b3a55},
     .hats = {Hat::kNone, Hat::kNone, Hat::kCap, Hat::kCap, Hat::kBucket, Hat::kBeanie}, .bags = {Bag::kNone, Bag::kNone, Bag::kTote, Bag::kTote, Bag::kCrossbody}},
    {.style = "Classic", .dress_share = 0.22, .outer_share = 0.65, .feminine_share = 0.55,
     .tops = {{{"oxford shirt", 4, kPlain | kPin}, {"fine knit", 3, kPlain}, {"tie shirt", 2, kPlain | kPin}, {"turtleneck", 2, kPlain}, {"bow blouse", 2, kPlain | kDots}, {"polo", 1, kPlain}}},
     .bottoms = {{{"slim trousers", 4, kPlain | kCheck}, {"chinos", 3, kPlain}, {"a-line skirt", 2, kPlain | kCheck}, {"pencil skirt", 2, kPlain | kCheck}, {"pleated midi skirt", 1, kPlain}}},
     .dresses = {{{"sheath dress", 3, kPlain | kCheck}, {"wrap dress", 2, kPlain | kDots}, {"shirt dress", 1, kPlain}}},
     .outers = {{{"trench coat", 4, kPlain}, {"blazer", 4, kPlain | kCheck}, {"wool coat", 2, kPlain | kCheck}, {"double-breasted blazer", 1, kPlain}, {"cardigan", 1, kKnit}}},
     .top_colors = {0xfbfaf6, 0xfbfaf6, 0xbfd2e6, 0xefe6d2, 0x22304f, 0x6c1f2e, 0x8d8f94},
     .bottom_colors = {0x202b45, 0x6b6d73, 0xb89b6e, 0x3a3532, 0xe8dfcb},
     .outer_colors = {0xc7a873, 0xc7a873, 0x1f2a46, 0x75777c, 0x8a5f3c, 0x2a2a2d},
     .accents = {0x1f2a46, 0x8d6a3e, 0x6c1f2e, 0xe3d6b8},
     .shoes = {Shoes::kLoafers, Shoes::kLoafers, Shoes::kHeels, Shoes::kFlats}, .shoe_colors = {0x4a2c1c, 0x1a1817, 0x8a5f3c, 0x6c1f2e},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kBeret}, .bags = {Bag::kNone, Bag::kHandbag, Bag::kHandbag, Bag::kTote, Bag::kNone}},
    {.style = "Girlish", .dress_share = 0.4, .outer_share = 0.4, .feminine_share = 0.98,
     .tops = {{{"puff blouse", 5, kPlain | kDots | kGingham}, {"cropped knit", 3, kPlain | kCable}, {"bow blouse", 2, kPlain | kDots}, {"camisole", 1, kPlain | kFloral}, {"t-shirt", 1, kPlain}}},
     .bottoms = {{{"flared mini skirt", 5, kPlain | kGingham | kDots}, {"tulle skirt", 2, kPlain}, {"pleated skirt", 2, kPlain | kGingham}, {"mini skirt", 2, kPlain | kTweed}, {"denim shorts", 1, kDenim}}},
     .dresses = {{{"babydoll dress", 5, kPlain | kDots | kGingham | kFloral}, {"tea dress", 2, kDots | kFloral}, {"bardot dress", 1, kPlain | kGingham}}},
     .outers = {{{"cropped cardigan", 5, kPlain | kCable}, {"tweed jacket", 3, kTweed}, {"denim jacket", 1, kDenim}}},
     .top_colors = {0xfbf4f2, 0xf6c3d0, 0xf29fb8, 0xd9c8ef, 0xbfe0ef, 0xfff0c9, 0xc9ecd9},
     .bottom_colors = {0xf4b3c6, 0xfaf3ef, 0xcdbbe9, 0xb5d8ee, 0xf7d9a9, 0xef8fae},
     .outer_colors = {0xf9d3dc, 0xfdf6ee, 0xd8caf0, 0xf1a5ba, 0xbcdcf0},
     .accents = {0xe8638c, 0xffffff, 0x9b7fd1, 0xef9bb4},
     .shoes = {Shoes::kMaryJanes, Shoes::kMaryJanes, Shoes::kFlats, Shoes::kSneakers}, .shoe_colors = {0xf6e9e6, 0xe98aa6, 0x2a2226, 0xc94b5c},
     .hats = {Hat::kNone, Hat::kNone, Hat::kBow, Hat::kBow, Hat::kHeadband, Hat::kBeret}, .bags = {Bag::kNone, Bag::kNone, Bag::kHandbag, Bag::kCrossbody, Bag::kBasket}},
    {.style = "Gorpcore", .dress_share = 0.0, .outer_share = 0.85, .feminine_share = 0.4,
     .tops = {{{"technical tee", 4, kPlain}, {"long-sleeve tee", 2, kPlain}, {"hoodie", 2, kPlain}, {"henley", 1, kPlain}}},
     .bottoms = {{{"hiking pants", 5, kPlain}, {"cargo pants", 4, kPlain}, {"wide shorts", 2, kPlain}, {"leggings", 1, kPlain}, {"joggers", 1, kPlain}}},
     .outers = {{{"anorak", 4, kPlain | kBlocks}, {"fleece", 4, kPlain | kBlocks}, {"puffer", 3, kQuilted}, {"puffer vest", 3, kQuilted}, {"parka", 2, kPlain}, {"windbreaker", 1, kBlocks}}},
     .top_colors = {0x6b7a5c, 0x2f3338, 0xd6cdb6, 0x3f6f77, 0xc75b2a, 0x8d8f92},
     .bottom_colors = {0x56604a, 0x33373b, 0x9d8d6d, 0x2a3d46, 0x6e6256},
     .outer_colors = {0xe2702a, 0x1f7a74, 0x6a7a4a, 0x5a4a8c, 0xe0b52e, 0x2d3236, 0xb4442f, 0xd8cdb2},
     .accents = {0x1d2a33, 0xf0a03a, 0x2f8f86, 0x7d5ba6, 0xe8e2d2},
     .shoes = {Shoes::kHiking, Shoes::kHiking, Shoes::kRunners, Shoes::kHiking}, .shoe_colors = {0x7a6248, 0x3a3f42, 0xc9602c, 0x5c6a4e},
     .hats = {Hat::kNone, Hat::kNone, Hat::kBeanie, Hat::kBeanie, Hat::kBucket, Hat::kCap}, .bags = {Bag::kNone, Bag::kBackpack, Bag::kBackpack, Bag::kCrossbody, Bag::kBelt}},
    {.style = "Minimal", .dress_share = 0.25, .outer_share = 0.5, .feminine_share = 0.6,
     .tops = {{{"mock-neck knit", 4, kPlain}, {"boxy tee", 4, kPlain}, {"turtleneck", 2, kPlain}, {"tank top", 2, kPlain}, {"oversize shirt", 2, kPlain}}},
     .bottoms = {{{"wide trousers", 5, kPlain}, {"column skirt", 3, kPlain}, {"straight jeans", 1, kDenim}, {"slim trousers", 2, kPlain}}},
     .dresses = {{{"column dress", 4, kPlain}, {"slip dress", 1, kPlain}, {"knit dress", 2, kPlain}}},
     .outers = {{{"collarless coat", 5, kPlain}, {"oversize blazer", 2, kPlain}, {"wool coat", 1, kPlain}, {"long cardigan", 1, kPlain}}},
     .top_colors = {0xfaf9f5, 0xeae4d8, 0xc9c5bd, 0x8f8d89, 0x1c1c1e, 0xd9cfc0},
     .bottom_colors = {0x1c1c1e, 0xe6dfd2, 0xb3aea5, 0x6a6865, 0xf4f1ea},
     .outer_colors = {0xd5cbbb, 0x1e1e20, 0xaaa59c, 0xefeae0, 0x77746f},
     .accents = {0x1c1c1e, 0xf4f1ea, 0xb3aea5},
     .shoes = {Shoes::kFlats, Shoes::kSneakers, Shoes::kLoafers, Shoes::kBoots}, .shoe_colors = {0xf4f1ea, 0x1c1c1e, 0xc9bfae},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone, Hat::kNone}, .bags = {Bag::kNone, Bag::kNone, Bag::kTote, Bag::kHandbag, Bag::kNone}},
    {.style = "Preppy", .dress_share = 0.15, .outer_share = 0.6, .feminine_share = 0.55,
     .tops = {{{"polo", 4, kPlain | kStripe}, {"sweater vest", 4, kArgyle | kCable}, {"tie shirt", 3, kPlain | kPin}, {"oxford shirt", 2, kPlain | kPin}, {"fine knit", 1, kCable | kArgyle}}},
     .bottoms = {{{"pleated skirt", 4, kPlaid}, {"chinos", 4, kPlain}, {"bermuda shorts", 2, kPlain | kPlaid}, {"tennis skirt", 2, kPlain}, {"slim trousers", 1, kPlaid}}},
     .dresses = {{{"tennis dress", 4, kPlain | kStripe}, {"shirt dress", 1, kStripe}}},
     .outers = {{{"crest blazer", 5, kPlain}, {"varsity cardigan", 4, kCable | kPlain}, {"varsity jacket", 1, kPlain}, {"blazer", 1, kPlain}}},
     .top_colors = {0xfcfbf6, 0xfcfbf6, 0x1d2f5c, 0x1f5a3c, 0x7b1e33, 0xf3dd8a, 0xf2b8c6, 0xa9c8e8},
     .bottom_colors = {0x20345f, 0xc8ab78, 0x1f5a3c, 0x7b1e33, 0xefe6d0, 0x9a9da3},
     .outer_colors = {0x18264c, 0x18264c, 0x174a33, 0x7b1e33, 0xf1e9d2},
     .accents = {0x7b1e33, 0xf1d77a, 0x1f5a3c, 0xfcfbf6, 0x18264c},
     .shoes = {Shoes::kLoafers, Shoes::kLoafers, Shoes::kMaryJanes, Shoes::kSneakers}, .shoe_colors = {0x4a2618, 0x1a1817, 0xf2efe6},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kHeadband, Hat::kHeadband, Hat::kCap}, .bags = {Bag::kNone, Bag::kNone, Bag::kBackpack, Bag::kHandbag, Bag::kTote}},
    {.style = "Retro", .dress_share = 0.3, .outer_share = 0.45, .feminine_share = 0.6,
     .tops = {{{"wide-collar shirt", 4, kGeometric | kFloral | kPlain}, {"ringer tee", 3, kPlain}, {"knit polo", 3, kBlocks | kPlain}, {"turtleneck", 2, kPlain | kKnit}, {"t-shirt", 1, kTieDye}, {"camp shirt", 1, kGeometric}}},
     .bottoms = {{{"bell-bottoms", 4, kCord | kPlain}, {"flared jeans", 4, kDenim}, {"button skirt", 3, kCord | kPlain}, {"wide trousers", 1, kCheck}}},
     .dresses = {{{"shift dress", 5, kGeometric | kBlocks | kPlain}, {"tea dress", 2, kDots}, {"maxi dress", 1, kFloral}}},
     .outers = {{{"suede jacket", 4, kPlain}, {"track jacket", 2, kPlain}, {"biker jacket", 1, kPlain}, {"blazer", 2, kCord}, {"denim jacket", 1, kDenim}}},
     .top_colors = {0xd99a2b, 0xc45a25, 0xf1e3c2, 0x2f7f7b, 0x7d4a2a, 0x7c8a3a, 0xb23a33},
     .bottom_colors = {0x7a4a2a, 0x4f6f97, 0xa8622f, 0x6d6b35, 0x9a3b2e, 0xc89a4e},
     .outer_colors = {0x9c6335, 0x6d3f24, 0xc07a35, 0x2c6b68, 0x8f3a2c},
     .accents = {0xf1e3c2, 0xc45a25, 0x6b3d22, 0xe0a93a, 0x2f7f7b},
     .shoes = {Shoes::kBoots, Shoes::kBoots, Shoes::kMaryJanes, Shoes::kSneakers}, .shoe_colors = {0x6d3f24, 0xf1e3c2, 0xa8552a, 0x2b2320},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kHeadscarf, Hat::kHeadscarf, Hat::kHeadband}, .bags = {Bag::kNone, Bag::kNone, Bag::kCrossbody, Bag::kHandbag, Bag::kBasket}},
    {.style = "Romantic", .dress_share = 0.5, .outer_share = 0.25, .feminine_share = 0.97,
     .tops = {{{"ruffle blouse", 5, kPlain | kLace | kFloral}, {"off-shoulder top", 3, kPlain | kLace}, {"puff blouse", 2, kLace | kFloral}, {"camisole", 1, kLace}}},
     .bottoms = {{{"flowing skirt", 5, kPlain | kFloral}, {"tiered skirt", 4, kPlain | kFloral}, {"pleated midi skirt", 2, kPlain | kSatin}, {"wide trousers", 1, kPlain}}},
     .dresses = {{{"maxi dress", 5, kFloral | kPlain | kLace}, {"bardot dress", 3, kFloral | kPlain}, {"tea dress", 3, kFloral}, {"wrap dress", 2, kFloral}}},
     .outers = {{{"long cardigan", 4, kKnit | kPlain}, {"cropped cardigan", 3, kCable}, {"trench coat", 1, kPlain}}},
     .top_colors = {0xf8f1e6, 0xe3bdb8, 0xc7a0ab, 0xb9c4ae, 0xc3d3e2, 0xf0dcc6},
     .bottom_colors = {0xd9a9a6, 0xf4ebdd, 0xa9b79b, 0xb897a8, 0xb6c8db, 0xc98d8c},
     .outer_colors = {0xefe3d2, 0xcfa6a3, 0xb3b99f, 0xd9c7bd},
     .accents = {0xc56b78, 0xfaf3ea, 0x9c7fa0, 0xe0b5a0, 0x7f9a7a},
     .shoes = {Shoes::kFlats, Shoes::kSandals, Shoes::kSandals, Shoes::kHeels}, .shoe_colors = {0xd8b89a, 0xf4ebdd, 0xb98079, 0x8c6b55},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kStraw, Hat::kStraw, Hat::kBow}, .bags = {Bag::kNone, Bag::kNone, Bag::kBasket, Bag::kBasket, Bag::kHandbag}},
    {.style = "Sporty", .dress_share = 0.06, .outer_share = 0.5, .feminine_share = 0.5,
     .tops = {{{"jersey", 4, kPlain | kStripe}, {"sports top", 3, kPlain}, {"technical tee", 3, kPlain}, {"tank top", 2, kPlain}, {"hoodie", 1, kPlain}}},
     .bottoms = {{{"track pants", 5, kPlain}, {"leggings", 4, kPlain | kBlocks}, {"track shorts", 4, kPlain}, {"joggers", 2, kPlain}, {"tennis skirt", 1, kPlain}}},
     .dresses = {{{"tennis dress", 3, kPlain}}},
     .outers = {{{"track jacket", 6, kPlain}, {"windbreaker", 3, kPlain | kBlocks}, {"zip hoodie", 2, kPlain}, {"puffer vest", 1, kQuilted}}},
     .top_colors = {0xfbfbfb, 0xd5202c, 0x1c4fc4, 0x15161a, 0xb6e23a, 0x0fa3a8, 0xff6a3d},
     .bottom_colors = {0x15161a, 0x1c2f6b, 0xc01f2b, 0x7b8087, 0x1c4fc4, 0xf3f3f3},
     .outer_colors = {0x1c4fc4, 0xd5202c, 0x15161a, 0x0d7d55, 0xf5f5f5, 0xff6a3d},
     .accents = {0xffffff, 0xffffff, 0xb6e23a, 0xd5202c, 0x1c4fc4},
     .shoes = {Shoes::kRunners, Shoes::kRunners, Shoes::kRunners, Shoes::kSneakers}, .shoe_colors = {0xffffff, 0x15161a, 0xd5202c, 0xb6e23a, 0x1c4fc4},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kCap, Hat::kCap, Hat::kHeadband}, .bags = {Bag::kNone, Bag::kNone, Bag::kDuffle, Bag::kBackpack, Bag::kBelt}},
    {.style = "Street", .dress_share = 0.05, .outer_share = 0.6, .feminine_share = 0.4,
     .tops = {{{"graphic tee", 5, kPlain | kTieDye}, {"hoodie", 4, kPlain}, {"jersey", 1, kPlain}, {"sweatshirt", 1, kPlain}}},
     .bottoms = {{{"baggy jeans", 5, kDenim}, {"cargo pants", 4, kPlain | kCamo}, {"joggers", 2, kPlain}, {"wide shorts", 2, kPlain | kCamo}, {"track pants", 1, kPlain}}},
     .dresses = {{{"hoodie dress", 3, kPlain}, {"t-shirt dress", 1, kTieDye}}},
     .outers = {{{"bomber", 5, kPlain | kCamo}, {"puffer", 3, kQuilted}, {"varsity jacket", 3, kPlain}, {"denim jacket", 1, kDenim}, {"coach jacket", 1, kPlain}}},
     .top_colors = {0x131315, 0x131315, 0xf3f2ee, 0xc8202a, 0x8f9398, 0x6a3fb0, 0xa9d62b, 0xf08a24},
     .bottom_colors = {0x1a1a1d, 0x3f4a5e, 0x5a5f52, 0x7d6f55, 0x8794a6, 0x2f2f33},
     .outer_colors = {0x151517, 0x4a5338, 0xc8202a, 0x3b2a6b, 0x2b2c30, 0xe0721f},
     .accents = {0xf5f3ee, 0xe3202e, 0xb6e23a, 0xf2c12e, 0x8048d0},
     .shoes = {Shoes::kChunky, Shoes::kChunky, Shoes::kHighTops, Shoes::kChunky}, .shoe_colors = {0xf4f2ee, 0x151517, 0xc8202a, 0x8f9398},
     .hats = {Hat::kNone, Hat::kNone, Hat::kCap, Hat::kCap, Hat::kBeanie, Hat::kBucket}, .bags = {Bag::kNone, Bag::kNone, Bag::kCrossbody, Bag::kBelt, Bag::kBackpack}},
    {.style = "Workwear", .dress_share = 0.08, .outer_share = 0.6, .feminine_share = 0.35,
     .tops = {{{"work shirt", 5, kPlaid | kDenim | kHickory}, {"henley", 3, kPlain}, {"t-shirt", 2, kPlain | kStripe}, {"long-sleeve tee", 1, kStripe | kPlain}, {"chunky knit", 1, kKnit}}},
     .bottoms = {{{"carpenter pants", 5, kPlain | kHickory}, {"selvedge jeans", 5, kDenim}, {"dungarees", 3, kDenim | kHickory}, {"chinos", 1, kPlain}, {"button skirt", 1, kDenim}}},
     .dresses = {{{"work dress", 3, kDenim | kHickory}}},
     .outers = {{{"chore coat", 5, kPlain | kHickory}, {"work jacket", 4, kPlain}, {"denim jacket", 2, kDenim}, {"puffer vest", 1, kQuilted}, {"parka", 1, kPlain}}},
     .top_colors = {0x9a3b2c, 0x6f8bab, 0xe8dfc8, 0x5d6a48, 0x3a4a66, 0xc08a3e, 0x8c8a84},
     .bottom_colors = {0x2b3a55, 0x9b7444, 0xb89a6a, 0x55603f, 0x33476b, 0x4a4038},
     .outer_colors = {0x3d5a8c, 0xa67c46, 0x5b6443, 0x6d4a2c, 0x2f3d57, 0xc9b58c},
     .accents = {0xe9ddc0, 0x24304a, 0xd79a3c, 0xe9ddc0},
     .shoes = {Shoes::kWorkBoots, Shoes::kWorkBoots, Shoes::kBoots, Shoes::kHighTops}, .shoe_colors = {0x8a5a30, 0x4b2f1e, 0xb98a50, 0x2a2420},
     .hats = {Hat::kNone, Hat::kNone, Hat::kNone, Hat::kBeanie, Hat::kBeanie, Hat::kCap}, .bags = {Bag::kNone, Bag::kNone, Bag::kTote, Bag::kBackpack, Bag::kNone}},
};
// clang-format on

constexpr bool one_for_each_style() {
  for (std::size_t i = 0; i < kStyles.size(); ++i)
    if (kWardrobes[i].style != kStyles[i]) return false;
  return std::size(kWardrobes) == kStyles.size();
}
static_assert(one_for_each_style());

}  // namespace

const Wardrobe& find_wardrobe(std::string_view style) {
  std::string known;
  for (const Wardrobe& wardrobe : kWardrobes) {
    if (wardrobe.style == style) return wardrobe;
    known += (known.empty() ? "" : ", ") + std::string(wardrobe.style);
  }
  throw Error(ootd::Kind::kInput, "style \"" + std::string(style) + "\" is unknown; known are " + known);
}

}  // namespace ootd::render
