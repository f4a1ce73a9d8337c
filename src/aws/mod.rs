//! AWS as it is reached: credentials, Region, endpoint, and what its errors mean.
