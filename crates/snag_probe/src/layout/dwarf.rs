//! Layouts from debugging information, for what has no type descriptor.

use std::borrow::Cow;
use std::fs::File;

use gimli::{AttributeValue, Dwarf, EndianSlice, LittleEndian, SectionId, Unit, UnitOffset};
use object::{Object, ObjectSection, ReadCache};
use rustc_hash::FxHashMap;

use super::Struct;

type Reader<'d> = EndianSlice<'d, LittleEndian>;

/// The layout of a struct such as `runtime.schedt`; none without debugging information. Only its own fields.
pub(crate) fn layout(path: &str, name: &str) -> Option<Struct> {
    let cache = ReadCache::new(File::open(path).ok()?);
    let file = object::File::parse(&cache).ok()?;
    let load = |id: SectionId| -> Result<Cow<'_, [u8]>, gimli::Error> {
        let section = needed(id).then(|| file.section_by_name(id.name())).flatten();
        Ok(section.and_then(|section| section.uncompressed_data().ok()).unwrap_or_default())
    };
    let sections = gimli::DwarfSections::load(load).ok()?;
    let dwarf: Dwarf<Reader<'_>> = sections.borrow(|section| EndianSlice::new(section, LittleEndian));
    let mut units = dwarf.units();
    while let Some(header) = units.next().ok()? {
        let unit = dwarf.unit(header).ok()?;
        if let Some(found) = in_unit(&dwarf, &unit, name) {
            return Some(found);
        }
    }
    None
}

fn needed(id: SectionId) -> bool {
    use SectionId::*;
    matches!(id, DebugInfo | DebugAbbrev | DebugStr | DebugLineStr | DebugAddr | DebugStrOffsets)
}

fn in_unit(dwarf: &Dwarf<Reader<'_>>, unit: &Unit<Reader<'_>>, name: &str) -> Option<Struct> {
    let mut tree = unit.entries_tree(None).ok()?;
    let mut children = tree.root().ok()?.children();
    let mut place = None;
    while let Some(child) = children.next().ok()? {
        let entry = child.entry();
        if entry.tag() != gimli::DW_TAG_structure_type {
            continue;
        }
        let Some(value) = entry.attr_value(gimli::DW_AT_name).ok()? else { continue };
        if dwarf.attr_string(unit, value).is_ok_and(|text| text.slice() == name.as_bytes()) {
            let size = entry.attr_value(gimli::DW_AT_byte_size).ok()??.udata_value()?;
            place = Some((entry.offset(), size));
            break;
        }
    }
    let (offset, size) = place?;
    Some(Struct { name: name.to_owned(), size, fields: members(dwarf, unit, offset)? })
}

fn members(
    dwarf: &Dwarf<Reader<'_>>,
    unit: &Unit<Reader<'_>>,
    offset: UnitOffset,
) -> Option<FxHashMap<String, u64>> {
    let mut fields = FxHashMap::default();
    let mut tree = unit.entries_tree(Some(offset)).ok()?;
    let mut children = tree.root().ok()?.children();
    while let Some(child) = children.next().ok()? {
        let entry = child.entry();
        if entry.tag() != gimli::DW_TAG_member {
            continue;
        }
        let Some(value) = entry.attr_value(gimli::DW_AT_name).ok()? else { continue };
        let name = dwarf.attr_string(unit, value).ok()?.to_string_lossy().into_owned();
        let place = match entry.attr_value(gimli::DW_AT_data_member_location).ok()? {
            None => Some(0),
            Some(AttributeValue::Exprloc(expression)) => {
                match expression.operations(unit.encoding()).next().ok()? {
                    Some(
                        gimli::Operation::PlusConstant { value }
                        | gimli::Operation::UnsignedConstant { value },
                    ) => Some(value),
                    _ => None,
                }
            }
            Some(value) => value.udata_value(),
        };
        if let Some(place) = place {
            fields.insert(name, place);
        }
    }
    Some(fields)
}
