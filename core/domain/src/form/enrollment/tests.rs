//! A household member with an id card, a birth date and a village, in a program for mothers.
