/** National numbers, read by libphonenumber. The library is loaded only for pools that have a `country`. */
import type * as Libphonenumber from 'libphonenumber-js/core';
import { countryName } from './numbering-plan';

/** One country's way to write and dial numbers. */
export interface Country {
  /** English name, for people. */
  readonly name: string;
  /**
   * `digits`, national or with the calling code, as calling code and number; null where they are no valid number of
   * this country.
   */
  find(digits: string): string | null;
  /** True where the digits, calling code first, are a valid number of any country. */
  isInternational(digits: string): boolean;
}

/**
 * Loads the library with the metadata "max" (157 kB). The smaller "min" (83 kB) is too lax for most countries: it takes
 * for valid 9 of 10 numbers that Brazil has not given out, 8 of 10 of the Emirates and 3 of 10 of India.
 */
function load(): { readonly library: typeof Libphonenumber; readonly metadata: Libphonenumber.MetadataJson } {
  const modules: (name: string) => unknown = require;
  return {
    library: modules('libphonenumber-js/core') as typeof Libphonenumber,
    metadata: modules('libphonenumber-js/max/metadata') as Libphonenumber.MetadataJson,
  };
}

const countries = new Map<string, Country | null>();

/** @param code ISO 3166, such as "IN"; blank: none. @returns null where no country has it */
export function countryOf(code: string): Country | null {
  if (code === '') return null;
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
      // The library drops a zero behind the calling code; the platform would not.
      return number?.number === `+${digits}` && number.isValid();
    },
  };
}
