// Uses of an XML library, one a step: parse, walk, query, change, write. What they return shows a change of behaviour.
#include <stepcache/stepcache.h>

#include <pugixml.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace {

// A catalogue with what documents hold: a declaration, comments, CDATA, entities, empty elements, namespaces, spaces.
std::string make_document(int items) {
  std::string text = "<?xml version=\"1.0\"?>\n<!DOCTYPE catalogue>\n<catalogue xmlns:x=\"urn:x\">\n  <!-- items -->\n";
  std::uint32_t state = 12345;
  const auto next = [&state](std::uint32_t below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8U) % below;
  };
  for (int i = 0; i < items; ++i) {
    const std::string number = std::to_string(i);
    text += "  <item id=\"" + number + "\" price=\"" + std::to_string(next(100000)) + "." + std::to_string(next(90) + 10) +
            "\" kind='" + std::string(1, static_cast<char>('a' + next(5))) + "'>\n";
    text += "    <name>Item &lt;" + number + "&gt; &amp; \xC3\xA9t\xC3\xA9 &#" + std::to_string(next(900) + 100) + ";</name>\n";
    if (next(3) == 0) text += "    <![CDATA[raw <" + number + ">]]>\n";
    if (next(3) == 0) text += "    <x:empty/>\n";
    if (next(4) == 0) text += "    <part><part size=\"" + std::to_string(next(50)) + "\">  deep  </part></part>\n";
    text += "    <stock>" + std::to_string(next(40)) + "</stock>\n  </item>\n";
  }
  return text + "</catalogue>\n";
}

std::vector<std::int64_t> parse(const std::string& text) {
  std::vector<std::int64_t> found;
  for (const unsigned flags : {pugi::parse_minimal, pugi::parse_default, pugi::parse_full | pugi::parse_ws_pcdata,
                               pugi::parse_default | pugi::parse_trim_pcdata}) {
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_string(text.c_str(), flags);
    std::int64_t nodes = 0, characters = 0;
    for (pugi::xml_node item : document.child("catalogue")) {
      for (pugi::xml_node child : item) {
        ++nodes;
        characters += static_cast<std::int64_t>(std::string(child.value()).size() + std::string(child.child_value()).size());
      }
    }
    found.insert(found.end(), {result.status, result.offset, result.encoding, nodes, characters});
  }
  return found;
}

std::vector<std::string> parse_errors(const std::string& text) {
  std::vector<std::string> messages;
  const std::vector<std::string> broken = {"",           "<a",         "<a></b>",          "<a b='1' b2=></a>", "<!-- ",
                                           "<a>&#x;</a>", "<![CDATA[x", "<!DOCTYPE a [<!", "<?xml?",            "text",
                                           text.substr(0, text.size() / 2)};
  for (const std::string& part : broken) {
    pugi::xml_document document;
    for (const unsigned flags : {pugi::parse_full, pugi::parse_full | pugi::parse_fragment}) {
      const pugi::xml_parse_result result = document.load_buffer(part.data(), part.size(), flags);
      messages.push_back(std::to_string(result.offset) + " " + std::to_string(result.encoding) + " " + result.description());
    }
  }
  return messages;
}

std::vector<double> read_numbers(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  double prices = 0;
  std::int64_t ids = 0, stock = 0, absent = 0;
  for (pugi::xml_node item : document.child("catalogue").children("item")) {
    prices += item.attribute("price").as_double();
    ids += item.attribute("id").as_llong();
    stock += item.child("stock").text().as_int();
    absent += item.attribute("none").as_uint(7U);
  }
  pugi::xml_document odd;
  odd.load_string("<n a='-0x1F' b=' 42x' c='99999999999999' d='yes' e='1e400' f='-12.5e-3'/>");
  const pugi::xml_node n = odd.first_child();
  return {prices,
          static_cast<double>(ids),
          static_cast<double>(stock),
          static_cast<double>(absent),
          static_cast<double>(n.attribute("a").as_int()),
          static_cast<double>(n.attribute("b").as_uint()),
          static_cast<double>(n.attribute("c").as_int()),
          n.attribute("d").as_bool() ? 1.0 : 0.0,
          n.attribute("e").as_double(),
          static_cast<double>(n.attribute("f").as_float())};
}

// Counts nodes by kind and depth: a virtual function that the library calls.
struct Census : pugi::xml_tree_walker {
  std::map<int, std::int64_t> counts;
  bool for_each(pugi::xml_node& node) override {
    ++counts[node.type() * 100 + depth()];
    return true;
  }
};

std::map<int, std::int64_t> walk(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str(), pugi::parse_full);
  Census census;
  document.traverse(census);
  return census.counts;
}

std::string written(const std::string& text, const char* indent, unsigned flags, pugi::xml_encoding encoding) {
  struct Writer : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  } writer;
  pugi::xml_document document;
  document.load_string(text.c_str(), pugi::parse_full);
  document.child("catalogue").append_child("nothing").append_child(pugi::node_pcdata);  // an empty text
  document.save(writer, indent, flags, encoding);
  return writer.text;
}

std::string write_indented(const std::string& text) {
  return written(text, "\t", pugi::format_indent | pugi::format_indent_attributes, pugi::encoding_utf8);
}

std::string write_compact(const std::string& text) {
  return written(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
}

std::vector<std::size_t> convert(const std::string& text) {
  std::vector<std::size_t> sizes;
  for (const pugi::xml_encoding encoding : {pugi::encoding_utf16_le, pugi::encoding_utf16_be, pugi::encoding_utf32_le,
                                            pugi::encoding_latin1}) {
    const std::string bytes = written(text, " ", pugi::format_default | pugi::format_write_bom, encoding);
    pugi::xml_document again;
    const pugi::xml_parse_result result = again.load_buffer(bytes.data(), bytes.size());
    std::size_t names = 0;
    for (pugi::xml_node item : again.child("catalogue")) names += std::string(item.child_value("name")).size();
    sizes.insert(sizes.end(), {bytes.size(), static_cast<std::size_t>(result.encoding), names});
  }
  sizes.push_back(pugi::as_utf8(pugi::as_wide(text)).size());
  return sizes;
}

std::string change(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  pugi::xml_node root = document.child("catalogue");
  int i = 0;
  for (pugi::xml_node item = root.first_child(); item; ++i) {
    const pugi::xml_node next = item.next_sibling();
    if (i % 3 == 0) root.remove_child(item);
    if (i % 3 == 1) {
      item.append_attribute("changed") = true;
      item.attribute("price").set_value(item.attribute("price").as_double() * 1.5);
      item.remove_attribute("kind");
      item.child("stock").text().set(i);
      item.insert_child_before("first", item.first_child()).append_child(pugi::node_pcdata).set_value("a < b & c");
    }
    if (i % 3 == 2) root.prepend_move(item);
    item = next;
  }
  root.append_buffer("<more><one/></more>", 19);
  return written(text, " ", pugi::format_default, pugi::encoding_utf8).substr(0, 200) +
         std::to_string(root.find_child_by_attribute("item", "changed", "true").attribute("id").as_int()) +
         root.first_element_by_path("more/one").path();
}

std::size_t copy(const std::string& text) {
  pugi::xml_document document, target;
  document.load_string(text.c_str());
  pugi::xml_node root = target.append_child("copies");
  for (int i = 0; i < 3; ++i) root.append_copy(document.child("catalogue"));
  pugi::xml_document third;
  third.reset(target);
  std::size_t length = 0;
  for (pugi::xml_node catalogue : third.child("copies")) {
    for (pugi::xml_node item : catalogue) length += std::string(item.child_value("name")).size() + 1;
  }
  return length;
}

std::vector<std::size_t> select_nodes(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  std::vector<std::size_t> counts;
  for (const char* path : {"/catalogue/item", "//part", "//item[@kind='a']/name", "//item[stock > 20][position() < 9]",
                           "//part/ancestor::item/@id", "//item[last()]/preceding-sibling::item[x:empty]", "//@price | //@id",
                           "//item[starts-with(name, 'Item') and not(part)]/following::stock"}) {
    const pugi::xpath_node_set nodes = document.select_nodes(path);
    counts.insert(counts.end(), {nodes.size(), static_cast<std::size_t>(nodes.type())});
  }
  return counts;
}

std::vector<double> compute_numbers(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  std::vector<double> values;
  for (const char* query : {"count(//item)", "sum(//stock)", "round(sum(//@price) div count(//item))", "floor(-2.5) mod 2",
                            "number('12.25') * -3", "string-length(string(//item[3]/name))"}) {
    values.push_back(pugi::xpath_query(query).evaluate_number(document));
  }
  return values;
}

std::vector<std::string> compute_strings(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  pugi::xpath_variable_set variables;
  variables.set("wanted", 5.0);
  std::vector<std::string> values;
  for (const char* query : {"concat(//item[1]/name, '-', //item[2]/@id)", "translate(//item[4]/@kind, 'abcde', 'ABCDE')",
                            "normalize-space(//part/part)", "substring-before(//item[1]/@price, '.')",
                            "string(//item[@id = $wanted]/name)", "string(1 div 3)", "string(-1 div 0)",
                            "substring('12345', 1.5, 2.6)", "name(//item/*[last()])"}) {
    values.push_back(pugi::xpath_query(query, &variables).evaluate_string(document));
  }
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("pugixml");
  auto text = pipeline.step("make_document", make_document)(pipeline.parameter("items", 200));
  pipeline.step("parse", parse)(text);
  pipeline.step("parse_errors", parse_errors)(text);
  pipeline.step("read_numbers", read_numbers)(text);
  pipeline.step("walk", walk)(text);
  pipeline.step("write_indented", write_indented)(text);
  pipeline.step("write_compact", write_compact)(text);
  pipeline.step("convert", convert)(text);
  pipeline.step("change", change)(text);
  pipeline.step("copy", copy)(text);
  pipeline.step("select_nodes", select_nodes)(text);
  pipeline.step("compute_numbers", compute_numbers)(text);
  pipeline.step("compute_strings", compute_strings)(text);
  return stepcache::main(pipeline, argc, argv);
}
