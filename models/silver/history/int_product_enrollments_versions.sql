{{ version_index('product_enrollments', key='enrollment_id') }}
