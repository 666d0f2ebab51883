/** The version of our kinds and of every report. */
export const apiVersion = 'isthmus.dev/v1alpha1';
