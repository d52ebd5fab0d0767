//! Rows of features: lists of set ones, or numbers.

/// Set features of several rows: row i is `indices[starts[i]..starts[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sparse {
    /// `[rows + 1]`, the first 0.
    starts: Vec<u32>,
    /// Feature numbers, each below the view's count.
    indices: Vec<u32>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { starts: vec![0], indices: Vec::new() }
    }
}

impl Sparse {
    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Set features of row `i`.
    #[inline]
    #[must_use]
    pub fn row(&self, i: usize) -> &[u32] {
        &self.indices[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
    }

    /// Adds a feature to the row that is being written.
    #[inline]
    pub(super) fn set(&mut self, feature: u32) {
        self.indices.push(feature);
    }

    /// Ends the row that is being written.
    #[inline]
    pub(super) fn end_row(&mut self) {
        self.starts.push(self.indices.len() as u32);
    }

    /// Appends a row.
    pub fn push(&mut self, row: &[u32]) {
        self.indices.extend_from_slice(row);
        self.starts.push(self.indices.len() as u32);
    }

    /// The largest feature number, if any is set.
    #[must_use]
    pub fn max(&self) -> Option<u32> {
        self.indices.iter().copied().max()
    }

    /// Rows of zeros and ones, `[rows * features]`.
    #[must_use]
    pub fn dense(&self, features: usize) -> Vec<f32> {
        let mut out = Vec::new();
        self.dense_into(features, &mut out);
        out
    }

    /// [`Sparse::dense`] into memory that is there already.
    pub fn dense_into(&self, features: usize, out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.rows() * features, 0.0);
        for (i, row) in out.chunks_exact_mut(features).enumerate() {
            for &k in self.row(i) {
                row[k as usize] = 1.0;
            }
        }
    }
}

/// Rows of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Numbers a row.
    features: usize,
    /// `[rows * features]`.
    values: Vec<f32>,
}

impl Dense {
    /// No rows of `features` numbers each.
    #[must_use]
    pub const fn new(features: usize) -> Self {
        Self { features, values: Vec::new() }
    }

    /// All rows, `[rows * features]`.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Appends a row.
    ///
    /// # Panics
    /// When it has another number of features.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.features, "a row of features");
        self.values.extend_from_slice(row);
    }

    /// Appends a row of zeros and lends it.
    pub(super) fn zeros(&mut self) -> &mut [f32] {
        let start = self.values.len();
        self.values.resize(start + self.features, 0.0);
        &mut self.values[start..]
    }
}

/// Rows of features, in the form that their view writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// Set features.
    Sparse(Sparse),
    /// Numbers.
    Dense(Dense),
}

impl Features {
    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self {
            Self::Sparse(sparse) => sparse.rows(),
            Self::Dense(dense) => dense.values.len() / dense.features,
        }
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        match self {
            Self::Sparse(sparse) => sparse.clear(),
            Self::Dense(dense) => dense.values.clear(),
        }
    }

    /// All rows as numbers, `[rows * features]`.
    #[must_use]
    pub fn into_dense(self, features: usize) -> Vec<f32> {
        match self {
            Self::Sparse(sparse) => sparse.dense(features),
            Self::Dense(dense) => dense.values,
        }
    }
}
