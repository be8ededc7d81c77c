/** Numbers as they are written at home, by libphonenumber: for pools that have a `country`, and loaded for those alone. */
import type * as Libphonenumber from 'libphonenumber-js/core';
import { countryName } from './numbering-plan';

/** One country's way to write and dial numbers. */
export interface Country {
  /** For people. */
  readonly name: string;
  /** Calling code and number of what is valid there, written for there or with its calling code; null for everything else. */
  find(digits: string): string | null;
  /** Is this, calling code first, a valid number of any country? */
  isInternational(digits: string): boolean;
}

/**
 * The metadata of all kinds of numbers ("max", 157 kB): the smaller one ("min", 83 kB) knows of most countries only what a number
 * begins with, and takes for valid 9 of 10 that Brazil, 8 of 10 that the Emirates and 3 of 10 that India has not given out.
 */
function load(): { readonly library: typeof Libphonenumber; readonly metadata: Libphonenumber.MetadataJson } {
  const modules: (name: string) => unknown = require;
  return {
    library: modules('libphonenumber-js/core') as typeof Libphonenumber,
    metadata: modules('libphonenumber-js/max/metadata') as Libphonenumber.MetadataJson,
  };
}

const countries = new Map<string, Country | null>();

/** @param code ISO 3166, such as "IN". @returns null where no country has it */
export function countryOf(code: string): Country | null {
  let country = countries.get(code);
  if (country === undefined) {
    country = readCountry(code);
    countries.set(code, country);
  }
  return country;
}

function readCountry(code: string): Country | null {
  const { library, metadata } = load();
  if (!library.isSupportedCountry(code as Libphonenumber.CountryCode, metadata)) return null;
  const region = code as Libphonenumber.CountryCode;
  const callingCode = library.getCountryCallingCode(region, metadata);
  return {
    name: countryName(region),
    find(digits) {
      const number = library.parsePhoneNumberFromString(digits, { defaultCountry: region, extract: false }, metadata);
      // Countries that share a calling code dial each other's numbers as their own.
      return number?.countryCallingCode === callingCode && number.isValid() ? number.number.slice(1) : null;
    },
    isInternational(digits) {
      const number = library.parsePhoneNumberFromString(`+${digits}`, { extract: false }, metadata);
      // It forgives a zero behind the calling code; the platform would not.
      return number?.number === `+${digits}` && number.isValid();
    },
  };
}
